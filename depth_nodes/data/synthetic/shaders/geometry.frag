// Depth (0 in the sky) and normal at every pixel.
layout(location = 0) out float depth;
layout(location = 1) out vec4 normal;

void main() {
    int row = int(texelFetch(seen, ivec2(gl_FragCoord.xy), 0).r);
    Surface s = surface_of(solid_of(max(row, 0)), ray_at(gl_FragCoord.xy));
    depth = row < 0 ? 0.0 : s.t;
    normal = vec4(row < 0 ? vec3(0.0) : s.normal, 1.0);
}
