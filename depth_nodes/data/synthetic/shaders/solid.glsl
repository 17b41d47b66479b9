// A primitive as the tables hold it, and the exact crossing of a ray with it.
// `solids` holds six texels a row: the columns of world_from_object with shape, cutout and
// material; half sizes with the top's material; taper and shear; the flag of its shadow.
// `offsets` holds the centres as seen from the eye, taken in float64 before they become float32.
uniform sampler2D solids;
uniform sampler2D offsets;

const int BOX = 0, CYLINDER = 1, ELLIPSOID = 2, FRUSTUM = 3;
const float SMALLEST = 1e-9;
const float FAR = 1e30;

struct Solid {
    mat3 turn;       // world from object
    vec3 offset;     // of the centre from the eye [m]
    vec3 half_size;
    vec2 taper;
    vec2 shear;
    int shape;
    float cutout;
    int material;
    int top_material;
};

Solid solid_of(int row) {
    vec4 a = texelFetch(solids, ivec2(0, row), 0);
    vec4 b = texelFetch(solids, ivec2(1, row), 0);
    vec4 c = texelFetch(solids, ivec2(2, row), 0);
    vec4 d = texelFetch(solids, ivec2(3, row), 0);
    vec4 e = texelFetch(solids, ivec2(4, row), 0);
    return Solid(
        mat3(a.xyz, b.xyz, c.xyz), texelFetch(offsets, ivec2(0, row), 0).xyz, d.xyz, e.xy, e.zw,
        int(a.w), b.w, int(c.w), int(d.w));
}

vec3 safe(vec3 v) {
    return mix(v, vec3(SMALLEST), lessThan(abs(v), vec3(SMALLEST)));
}

vec2 box_interval(vec3 o, vec3 d, vec3 size) {
    vec3 inverse = 1.0 / safe(d);
    vec3 middle = -o * inverse, reach = abs(inverse) * size;
    vec3 enter = middle - reach, leave = middle + reach;
    return vec2(
        max(max(enter.x, enter.y), enter.z), min(min(leave.x, leave.y), leave.z));
}

// From the point nearest to the centre: the textbook discriminant cancels badly in float32.
vec2 round_interval(vec3 o, vec3 d) {
    float speed = dot(d, d) + 1e-20;
    float middle = -dot(o, d) / speed;
    vec3 nearest = o + middle * d;
    float inside = 1.0 - dot(nearest, nearest);
    float reach = sqrt(max(inside, 0.0) / speed);
    return vec2(inside > 0.0 ? middle - reach : FAR, middle + reach);
}

vec2 cut_by_lids(vec2 t, float o, float d, float size) {
    float inverse = 1.0 / (abs(d) < SMALLEST ? SMALLEST : d);
    float middle = -o * inverse, reach = abs(inverse) * size;
    return vec2(max(t.x, middle - reach), min(t.y, middle + reach));
}

vec2 cylinder_interval(vec3 o, vec3 d, vec3 size) {
    vec2 t = round_interval(vec3(o.xy / size.xy, 0.0), vec3(d.xy / size.xy, 0.0));
    return cut_by_lids(t, o.z, d.z, size.z);
}

// Outward unit normal and offset of a frustum's side: axis 0 or 1, sign -1 or 1.
vec4 frustum_side(Solid solid, int axis, float sign_) {
    float size = solid.half_size[axis];
    float top = size * (solid.taper[axis] + sign_ * solid.shear[axis]);
    vec3 normal = vec3(0.0, 0.0, (size - top) / (2.0 * solid.half_size.z));
    normal[axis] = sign_;
    return vec4(normal, (size + top) * 0.5) / length(normal);
}

vec2 frustum_interval(vec3 o, vec3 d, Solid solid) {
    vec2 t = cut_by_lids(vec2(-FAR, FAR), o.z, d.z, solid.half_size.z);
    // No round for other shapes: rasterisers that compute both sides of an `if` skip it then.
    int sides = solid.shape == FRUSTUM ? 4 : 0;
    for (int i = 0; i < sides; i++) {
        vec4 side = frustum_side(solid, i >> 1, float(2 * (i & 1) - 1));
        float speed = dot(side.xyz, d);
        speed = abs(speed) < SMALLEST ? SMALLEST : speed;
        float crossing = (side.w - dot(side.xyz, o)) / speed;
        t = speed < 0.0 ? vec2(max(t.x, crossing), t.y) : vec2(t.x, min(t.y, crossing));
    }
    return t;
}

// The two coordinates of a round body's surface that its normal points along least.
vec2 facing_coordinates(vec3 p, vec3 size) {
    vec3 steepness = abs(p / (size * size));
    bool is_x = steepness.x >= steepness.y && steepness.x >= steepness.z;
    bool is_z = !is_x && steepness.z > steepness.y;
    return vec2(is_x ? p.y : p.x, is_z ? p.y : p.z);
}
