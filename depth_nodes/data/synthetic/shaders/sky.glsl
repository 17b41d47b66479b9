// Gradient from the horizon up, a glow about the sun, and clouds on a far plane.
uniform vec3 horizon, zenith, sun_colour, towards_sun;
uniform float cloud_cover;
uniform vec2 cloud_offset;
uniform sampler2D noise;

vec3 sky_light(vec3 direction, float pixel_angle) {
    vec3 d = normalize(direction);
    float rise = clamp(d.z, 0.0, 1.0);
    vec3 colour = mix(horizon, zenith, pow(min(rise * 3.0, 1.0), 0.7));
    float towards = max(dot(d, towards_sun), 0.0);
    colour += sun_colour * (0.25 * pow(towards, 12.0) + 0.5 * pow(towards, 120.0)
        + 20.0 * smoothstep(0.99985, 0.99995, towards)) * (1.0 - 0.8 * cloud_cover);
    float scale = 1.0 / (rise + 0.12);
    vec2 at = d.xy * scale * 0.8 + cloud_offset;
    float lod = log2(max(scale * scale * pixel_angle * 512.0 / 8.0, 1.0));
    float field = textureLod(noise, at / 8.0, lod).r
        + 0.25 * (textureLod(noise, at * 4.0 / 8.0, lod + 2.0).r - 0.5);
    float cover = clamp((field - 0.75 + cloud_cover * 0.5) * 4.0, 0.0, 1.0);
    vec3 lit = horizon * 0.35 + 0.6 * max(horizon.r, max(horizon.g, horizon.b));
    // Thick clouds are dark below.
    vec3 cloud = lit * (1.15 - 0.5 * clamp((field - 0.55) * 2.5, 0.0, 1.0));
    return mix(colour, cloud, cover * min(rise * 8.0, 1.0));
}
