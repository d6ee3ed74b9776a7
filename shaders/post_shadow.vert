// A rectangle on the floor, the feet at (0, 0). floor_quad: clip from the floor's (x, z); rect: x0, z0, x1, z1.
uniform mat4 floor_quad;
uniform vec4 rect;
out vec2 v_at;

const int CORNER[6] = int[6](0, 1, 2, 1, 3, 2);

void main() {
    int k = CORNER[gl_VertexID];
    v_at = vec2((k & 1) == 0 ? rect.x : rect.z, k < 2 ? rect.y : rect.w);
    gl_Position = floor_quad * vec4(v_at.x, 0.0, v_at.y, 1.0);
}
