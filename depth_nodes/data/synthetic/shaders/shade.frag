// Linear light towards the camera at every sample; alpha: the share that a mirror adds later.
uniform sampler2D materials;
uniform sampler2DArray patterns;
uniform sampler2D openness;
uniform sampler2DShadow sun_map;
uniform mat4 sun_from_eye;
uniform float sun_texel_m;
uniform vec2 sun_texel;               // in texture coordinates
uniform vec3 ambient_up, ambient_down;
uniform int num_lamps;
uniform vec4 lamp_position[MAX_LAMPS];  // from the eye, and the reach
uniform vec3 lamp_light[MAX_LAMPS];
uniform float head_light;
uniform vec3 forward;
uniform vec3 eye;                       // in the world
uniform float haze_m;
uniform float pixel_angle;
uniform float oversampling;
out vec4 colour;

const float PATTERN_TEXELS = 512.0;
const float SHARPENED = 0.7;            // several samples are averaged afterwards
const int KNOTS = 3;                    // first texel of the palette

vec2 surface_coordinates(Solid solid, Surface s) {
    vec3 p = s.point;
    if (s.axis == 3)
        return facing_coordinates(p, solid.half_size);
    if (s.axis == 2)
        return p.xy;
    if (solid.shape == CYLINDER)
        return vec2(atan(p.y, p.x) * solid.half_size.x, p.z);
    float along = p.z / sqrt(max(1.0 - s.local_normal.z * s.local_normal.z, 1e-3));
    return vec2(s.axis == 0 ? p.y : p.x, along);
}

// The pattern's value picks from the palette; broad brightness variation comes on top.
vec3 reflectance_of(int row, vec2 at, float width) {
    vec4 place = texelFetch(materials, ivec2(0, row), 0);  // layer, scales
    vec4 shift = texelFetch(materials, ivec2(1, row), 0);  // offsets, grain, emission
    float num_knots = texelFetch(materials, ivec2(2, row), 0).y;
    float lod = log2(max(width * max(place.y, place.z) * PATTERN_TEXELS * SHARPENED, 1.0));
    float value = textureLod(patterns, vec3(at * place.yz + shift.xy, place.x), lod).r;
    float knot = clamp(value, 0.0, 1.0) * (num_knots - 1.0);
    int first = int(min(knot, num_knots - 2.0));
    vec3 low = texelFetch(materials, ivec2(KNOTS + first, row), 0).rgb;
    vec3 high = texelFetch(materials, ivec2(KNOTS + first + 1, row), 0).rgb;
    vec2 grain_at = (at * 1.7 + vec2(3.0, 5.0)) / 8.0;
    float grain = textureLod(noise, grain_at, log2(max(width * 1.7 * 64.0, 1.0))).r - 0.5;
    float fine = log2(max(width * 13.0 * 64.0 * SHARPENED, 1.0));
    grain += 0.8 * (textureLod(noise, grain_at * 7.6, fine).r - 0.5);
    return mix(low, high, knot - float(first)) * max(1.0 + 2.0 * grain * shift.z, 0.1);
}

float sunlight(vec3 point, vec3 normal) {
    vec3 at = (sun_from_eye * vec4(point + normal * 0.9 * sun_texel_m, 1.0)).xyz;
    float lit = 0.0;
    lit += texture(sun_map, at + vec3(sun_texel * vec2(-0.75, -0.25), 0.0));
    lit += texture(sun_map, at + vec3(sun_texel * vec2(0.25, -0.75), 0.0));
    lit += texture(sun_map, at + vec3(sun_texel * vec2(0.75, 0.25), 0.0));
    lit += texture(sun_map, at + vec3(sun_texel * vec2(-0.25, 0.75), 0.0));
    bool is_inside = all(greaterThan(at, vec3(0.0))) && all(lessThan(at, vec3(1.0)));
    return is_inside ? lit * 0.25 : 1.0;
}

vec3 lamp_sum(vec3 point, vec3 normal) {
    vec3 total = vec3(0.0);
    for (int i = 0; i < num_lamps; i++) {
        vec3 towards = lamp_position[i].xyz - point;
        float squared = dot(towards, towards) + 1e-4;
        float reach = lamp_position[i].w;
        // Half-Lambert: walls turned away still get what the room sends back.
        float cosine = max(dot(towards, normal) * inversesqrt(squared) * 0.6 + 0.4, 0.05);
        total += lamp_light[i] * cosine / (1.0 + squared / (reach * reach));
    }
    return total;
}

// Two lamps below the camera as one cone; it fades beyond some 20 m.
float head_lit(vec3 point, vec3 normal) {
    vec3 from = point + vec3(0.0, 0.0, 0.6);
    float squared = dot(from, from);
    vec3 direction = from * inversesqrt(squared);
    float cone = smoothstep(0.75, 0.98, dot(direction, forward));
    return head_light * cone * max(-dot(direction, normal), 0.0) / (1.0 + squared / 225.0);
}

// Blurred over a few pixels, since its taps are few.
float smooth_openness(vec2 pixel) {
    vec2 texel = 1.0 / vec2(textureSize(openness, 0)), at = pixel / oversampling * texel;
    return 0.25 * (texture(openness, at + texel * vec2(-1.0, -0.4)).r
        + texture(openness, at + texel * vec2(0.4, -1.0)).r
        + texture(openness, at + texel * vec2(1.0, 0.4)).r
        + texture(openness, at + texel * vec2(-0.4, 1.0)).r);
}

// Light of the surface of a solid, and its mirror's share.
vec4 shaded(int row, vec2 pixel, vec3 ray) {
    Solid solid = solid_of(row);
    Surface s = surface_of(solid, ray);
    int material = s.axis == 2 ? solid.top_material : solid.material;
    float facing = clamp(-dot(normalize(ray), s.normal), 0.0, 1.0);
    float width = s.t * pixel_angle * inversesqrt(max(facing, 0.03));
    vec3 reflectance = reflectance_of(material, surface_coordinates(solid, s), width);
    float emission = texelFetch(materials, ivec2(1, material), 0).w;
    float gloss = texelFetch(materials, ivec2(2, material), 0).x;
    vec3 point = ray * s.t;

    float open_share = smooth_openness(pixel);
    float lambert = max(dot(s.normal, towards_sun), 0.0);
    float sun = lambert > 0.0 ? sunlight(point, s.normal) : 0.0;
    vec3 received = mix(ambient_down, ambient_up, s.normal.z * 0.5 + 0.5) * open_share;
    received += sun_colour * sun * lambert;
    received += lamp_sum(point, s.normal) * open_share;
    received += head_lit(point, s.normal);
    vec3 light = reflectance * (received * (1.0 - emission) + emission * 1.6);

    // Wide floors and roads are wet, worn or polished in patches.
    vec2 place = (point + eye).xy * 0.3;
    float patches = smoothstep(0.35, 0.65, textureLod(noise, place / 8.0, 1.0).r);
    bool is_wide = s.normal.z > 0.9 && min(solid.half_size.x, solid.half_size.y) > 1.5;
    gloss *= is_wide ? 0.25 + 0.75 * patches : 1.0;
    float mirror = gloss * mix(0.08, 0.85, pow(1.0 - facing, 3.5));
    vec3 mirrored = reflect(normalize(ray), s.normal);
    float glint = pow(max(dot(mirrored, towards_sun), 0.0), 180.0);
    light += sun_colour * sun * glint * gloss * 3.0;
    float clear = exp(-s.t / haze_m);
    return vec4(mix(horizon, light * (1.0 - mirror), clear), mirror * clear);
}

void main() {
    vec2 pixel = gl_FragCoord.xy;
    int row = int(texelFetch(seen, ivec2(pixel), 0).r);
    vec3 ray = ray_at(pixel);
    // A loop, since software rasterisers skip the body of one that no pixel enters, but not of an
    // `if`: most blocks of pixels hold no sky.
    colour = shaded(max(row, 0), pixel, ray);
    for (int i = 0; i < (row < 0 ? 1 : 0); i++)
        colour = vec4(sky_light(ray, pixel_angle), 0.0);
}
