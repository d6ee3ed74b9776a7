// A rectangle of the picture, as two triangles that a software rasteriser knows for a rectangle.
// rect: x0 y0 x1 y1 in clip space.
uniform vec4 rect;

const int CORNER[6] = int[6](0, 1, 2, 1, 3, 2);

void main() {
    int k = CORNER[gl_VertexID];
    gl_Position = vec4((k & 1) == 0 ? rect.x : rect.z, k < 2 ? rect.y : rect.w, 0.0, 1.0);
}
