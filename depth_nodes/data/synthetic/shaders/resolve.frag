// The mean of each pixel's samples, and what mirrors show: the picture itself where the mirrored
// ray meets it, else the sky or the room.
uniform sampler2D samples;
uniform sampler2D depth;
uniform sampler2D normals;
uniform sampler2D openness;
uniform vec3 ray_start, ray_x, ray_y;
uniform mat3 camera_from_world;
uniform vec2 pixels_per_slope, principal;
uniform vec3 around_low, around_high;   // light of a room, or of the ground and low buildings
uniform bool is_interior;
uniform vec3 eye;                       // in the world
uniform int oversampling;
uniform float pixel_angle;
out vec3 colour;

const int STEPS = 14;
const float RIPPLE = 0.07;              // no surface is a perfect mirror

vec3 ray_at(vec2 pixel) {
    return ray_start + ray_x * pixel.x + ray_y * pixel.y;
}

vec3 surroundings(vec3 direction) {
    float up = direction.z;
    if (is_interior)
        return mix(around_low, around_high, up * 0.5 + 0.5);
    vec3 sky = sky_light(vec3(direction.xy, max(up, 0.02)), 0.05);
    return mix(around_low, sky, smoothstep(-0.02, 0.3, up));
}

// Colour and, in alpha, whether the mirrored ray met the picture.
vec4 traced(vec3 point, vec3 direction, float t) {
    vec3 start = camera_from_world * point, way = camera_from_world * direction;
    vec2 size = vec2(textureSize(depth, 0));
    float distance = 0.04 * t + 0.03, last = 0.0;
    for (int i = 0; i < STEPS; i++) {
        vec3 at = start + way * distance;
        if (at.z < 0.05)
            break;
        vec2 pixel = at.xy / at.z * pixels_per_slope + principal;
        if (any(lessThan(pixel, vec2(0.0))) || any(greaterThanEqual(pixel, size)))
            break;
        float there = texelFetch(depth, ivec2(pixel), 0).r;
        float behind = at.z - there;
        if (there > 0.0 && behind > 0.0 && behind < (distance - last) * 1.2 + 0.05)
            return vec4(texture(samples, pixel / size).rgb, 1.0);
        last = distance;
        distance *= 1.5;
    }
    return vec4(0.0);
}

void main() {
    vec4 total = vec4(0.0);
    ivec2 corner = ivec2(gl_FragCoord.xy) * oversampling;
    for (int y = 0; y < oversampling; y++)
        for (int x = 0; x < oversampling; x++)
            total += texelFetch(samples, corner + ivec2(x, y), 0);
    total /= float(oversampling * oversampling);
    colour = total.rgb;
    // A loop, since software rasterisers skip its body where no pixel mirrors, but not an `if`'s.
    for (int i = 0; i < (total.a > 0.01 ? 1 : 0); i++) {
        vec2 pixel = gl_FragCoord.xy;
        float t = texelFetch(depth, ivec2(pixel), 0).r;
        vec3 ray = ray_at(pixel), normal = texelFetch(normals, ivec2(pixel), 0).xyz;
        vec2 place = (ray * t + eye).xy * 0.5 + (ray * t + eye).z * 0.3;
        vec2 wave = vec2(textureLod(noise, place, 0.0).r, textureLod(noise, place + 0.4, 0.0).r);
        normal = normalize(normal + vec3((wave - 0.5) * RIPPLE, 0.0));
        vec3 direction = reflect(normalize(ray), normal);
        vec4 met = traced(ray * t, direction, t);
        float open_share = texelFetch(openness, ivec2(pixel), 0).r;
        vec3 mirrored = mix(surroundings(direction) * (0.4 + 0.6 * open_share), met.rgb, met.a);
        colour += mirrored * total.a;
    }
}
