// Draws the box around a primitive (for a frustum: the frustum itself), one instance each.
in int row;
uniform mat4 clip_from_eye;   // eye: world axes, the camera as origin
uniform vec3 ray_origin, ray_origin_x, ray_origin_y;
uniform vec3 ray_start, ray_x, ray_y;
flat out int solid_row;
flat out vec3 o0, ox, oy, d0, dx, dy, size;
flat out vec2 extra;          // cutout and the shift of its noise
flat out int shape;

const int CORNERS[14] = int[14](3, 7, 1, 5, 4, 7, 6, 3, 2, 1, 0, 4, 2, 6);

void main() {
    Solid solid = solid_of(row);
    int i = CORNERS[gl_VertexID];
    vec3 corner = vec3(i & 1, (i >> 1) & 1, (i >> 2) & 1) * 2.0 - 1.0;
    if (solid.shape == FRUSTUM && corner.z > 0.0)
        corner.xy = corner.xy * solid.taper + solid.shear;
    gl_Position = clip_from_eye * vec4(solid.offset + solid.turn * (corner * solid.half_size), 1.0);
    // Rays in the object's frame are affine in the pixel.
    o0 = (ray_origin - solid.offset) * solid.turn;
    ox = ray_origin_x * solid.turn;
    oy = ray_origin_y * solid.turn;
    d0 = ray_start * solid.turn;
    dx = ray_x * solid.turn;
    dy = ray_y * solid.turn;
    size = solid.half_size;
    shape = solid.shape;
    extra = vec2(solid.cutout, texelFetch(solids, ivec2(5, row), 0).y);
    solid_row = row;
}
