// Share of the ambient light at every pixel: a few far directions, and what the picture itself
// shows near the point (screen-space ambient occlusion).
uniform sampler2D depth;
uniform sampler2D normals;
uniform sampler2DShadow ambient_map;      // tiles side by side
uniform mat4 ambient_from_eye[NUM_AMBIENT];
uniform vec3 ray_start, ray_x, ray_y;
uniform vec2 pixels_per_slope;            // focal lengths [px]
uniform vec2 ambient_blur[NUM_AMBIENT];    // in texture coordinates
uniform float lift_m;
uniform vec3 interior_low, interior_high; // seen from the eye
uniform bool is_interior;
uniform float near_reach_m;
out float open_share;

const int TAPS = 10, BLUR_TAPS = 3;
const float CORNER_SHADE = 0.25, CORNER_M = 0.3;

vec3 ray_at(vec2 pixel) {
    return ray_start + ray_x * pixel.x + ray_y * pixel.y;
}

float near_openness(vec2 pixel, vec3 point, vec3 normal, float t, float turn) {
    vec2 reach = min(pixels_per_slope * near_reach_m / t, pixels_per_slope * 0.2);
    float total = 0.0;
    ivec2 last = textureSize(depth, 0) - 1;
    for (int i = 0; i < TAPS; i++) {
        float angle = turn + float(i) * 2.4, share = sqrt((float(i) + 0.5) / float(TAPS));
        vec2 at = pixel + vec2(cos(angle), sin(angle)) * reach * share;
        ivec2 texel = clamp(ivec2(at), ivec2(0), last);
        float there = texelFetch(depth, texel, 0).r;
        vec3 towards = ray_at(vec2(texel) + 0.5) * there - point;
        float squared = dot(towards, towards) + 1e-6;
        float facing = dot(towards, normal) * inversesqrt(squared) - 0.08;
        float near = max(1.0 - squared / (near_reach_m * near_reach_m * 2.0), 0.0);
        total += there > 0.0 ? max(facing, 0.0) * near : 0.0;
    }
    return max(1.0 - 1.9 * total / float(TAPS), 0.0);
}

void main() {
    vec2 pixel = gl_FragCoord.xy;
    float t = texelFetch(depth, ivec2(pixel), 0).r;
    vec3 normal = texelFetch(normals, ivec2(pixel), 0).xyz;
    vec3 point = ray_at(pixel) * t;
    // A turn that changes from pixel to pixel hides the pattern of the few taps.
    float turn = 6.2832 * fract(52.98 * fract(dot(floor(pixel), vec2(0.06711, 0.00584))));
    vec3 lifted = point + normal * lift_m;
    float far_share = 0.0;
    for (int i = 0; i < NUM_AMBIENT; i++) {
        vec3 at = (ambient_from_eye[i] * vec4(lifted, 1.0)).xyz;
        for (int j = 0; j < BLUR_TAPS; j++) {
            float angle = turn + float(i) + float(j) * 2.4;
            float share = sqrt((float(j) + 0.5) / float(BLUR_TAPS));
            vec2 tap = at.xy + vec2(cos(angle), sin(angle)) * share * ambient_blur[i];
            tap.x = (clamp(tap.x, 0.004, 0.996) + float(i)) / float(NUM_AMBIENT);
            far_share += texture(ambient_map, vec3(tap, at.z));
        }
    }
    float share = 0.3 + 0.7 * far_share / float(NUM_AMBIENT * BLUR_TAPS);
    share *= near_openness(pixel, point + normal * 0.002 * t, normal, t, turn);
    if (is_interior) {
        vec3 near = min(abs(point - interior_low), abs(interior_high - point));
        vec3 shade = 1.0 - CORNER_SHADE * exp(-near / CORNER_M);
        share *= shade.x * shade.y * shade.z;
    }
    open_share = t > 0.0 ? share : 1.0;
}
