// A square on the floor. floor_quad: clip from (x, z) in -1..1.
uniform mat4 floor_quad;
out vec2 v_at;

const int CORNER[6] = int[6](0, 1, 2, 1, 3, 2);

void main() {
    int k = CORNER[gl_VertexID];
    v_at = vec2(k & 1, k >> 1) * 2.0 - 1.0;
    gl_Position = floor_quad * vec4(v_at.x, 0.0, v_at.y, 1.0);
}
