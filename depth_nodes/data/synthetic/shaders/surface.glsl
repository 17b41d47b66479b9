// The surface point at a pixel: which solid, how far, where on it, and its normal.
uniform sampler2D seen;
uniform vec3 ray_start, ray_x, ray_y;

struct Surface {
    float t;          // depth along the optical axis [m]
    vec3 point;       // in the object's frame
    vec3 local_normal;
    vec3 normal;      // in the world
    int axis;         // of the face: 0, 1 or 2; 3 on ellipsoids
};

vec3 ray_at(vec2 pixel) {
    return ray_start + ray_x * pixel.x + ray_y * pixel.y;
}

Surface surface_of(Solid solid, vec3 ray) {
    vec3 o = -solid.offset * solid.turn, d = ray * solid.turn, size = solid.half_size;
    Surface s;
    s.local_normal = vec3(0.0);
    if (solid.shape == BOX) {
        s.t = box_interval(o, d, size).x;
        s.point = o + d * s.t;
        vec3 share = abs(s.point) / size;
        s.axis = share.x > share.y && share.x > share.z ? 0 : (share.y > share.z ? 1 : 2);
        s.local_normal[s.axis] = sign(s.point[s.axis]);
    } else if (solid.shape == FRUSTUM) {
        s.t = frustum_interval(o, d, solid).x;
        s.point = o + d * s.t;
        float nearest = size.z - abs(s.point.z);
        s.axis = 2;
        s.local_normal = vec3(0.0, 0.0, sign(s.point.z));
        int sides = solid.shape == FRUSTUM ? 4 : 0;
        for (int i = 0; i < sides; i++) {
            vec4 side = frustum_side(solid, i >> 1, float(2 * (i & 1) - 1));
            float inside = side.w - dot(side.xyz, s.point);
            if (inside < nearest) {
                nearest = inside;
                s.axis = i >> 1;
                s.local_normal = side.xyz;
            }
        }
    } else {
        bool is_cylinder = solid.shape == CYLINDER;
        vec3 scale = is_cylinder ? vec3(1.0 / size.xy, 0.0) : 1.0 / size;
        vec2 t = round_interval(o * scale, d * scale);
        s.axis = 3;
        if (is_cylinder) {
            t = cut_by_lids(t, o.z, d.z, size.z);
            s.axis = 0;
        }
        s.t = t.x;
        s.point = o + d * s.t;
        s.local_normal = normalize(s.point * scale * scale);
        if (is_cylinder && abs(s.point.z) > size.z * (1.0 - 1e-4)) {
            s.axis = 2;
            s.local_normal = vec3(0.0, 0.0, sign(s.point.z));
        }
    }
    s.normal = solid.turn * s.local_normal;
    return s;
}
