// A rectangle on the floor, the feet at (0, 0). floor_quad: clip from the floor's (x, z); extent: half of x, where z begins
// and ends.
uniform mat4 floor_quad;
uniform vec3 extent;
out vec2 v_at;

const int CORNER[6] = int[6](0, 1, 2, 1, 3, 2);

void main() {
    int k = CORNER[gl_VertexID];
    v_at = vec2((k & 1) == 0 ? -extent.x : extent.x, k < 2 ? extent.y : extent.z);
    gl_Position = floor_quad * vec4(v_at.x, 0.0, v_at.y, 1.0);
}
