// Cylinders, ellipsoids and perforated shells: the exact surface inside the drawn box.
flat in int solid_row;
flat in vec3 o0, ox, oy, d0, dx, dy, size;
flat in vec2 extra;
flat in int shape;
uniform vec3 depth_terms;     // window depth = x + y / t + z * t
uniform sampler2D noise;
out float seen;

const float TWIG_RATE = 1.6, LEAF_RATE = 6.2;
const float RIM_LOSS = 0.4;   // as in the ray caster
const float NOISE_PERIOD = 8.0;
const float NEAR_M = 1e-3;

float noise_at(vec2 at) {
    return textureLod(noise, at / NOISE_PERIOD, 0.0).r;
}

void main() {
    vec2 pixel = gl_FragCoord.xy;
    vec3 o = o0 + ox * pixel.x + oy * pixel.y, d = d0 + dx * pixel.x + dy * pixel.y;
    vec3 scale = shape == CYLINDER ? vec3(1.0 / size.xy, 0.0) : 1.0 / size;
    vec2 t = round_interval(o * scale, d * scale);
    if (shape == CYLINDER)
        t = cut_by_lids(t, o.z, d.z, size.z);
#ifdef PERFORATED
    if (shape == BOX || shape == FRUSTUM)
        t = box_interval(o, d, size);
#endif
    if (t.x >= t.y || t.x <= NEAR_M)
        discard;
#ifdef PERFORATED
    vec3 point = o + d * t.x, normal = point / (size * size);
    vec2 at = facing_coordinates(point, size);
    float twigs = noise_at(at * TWIG_RATE + vec2(extra.y, 0.0));
    float leaves = noise_at(at * LEAF_RATE + vec2(0.0, extra.y));
    float turned = 1.0 - abs(dot(normal, d)) * inversesqrt(dot(normal, normal) * dot(d, d));
    float level = extra.x + (shape == ELLIPSOID ? RIM_LOSS * turned * turned : 0.0);
    if (0.5 * (twigs + leaves) <= level)
        discard;
#endif
    gl_FragDepth = depth_terms.x + depth_terms.y / t.x + depth_terms.z * t.x;
    seen = float(solid_row);
}
