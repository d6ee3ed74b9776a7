// A premultiplied picture, pixel for pixel.
uniform sampler2D image;
uniform ivec2 corner;
layout(location = 0) out vec4 o_color;

void main() {
    o_color = texelFetch(image, ivec2(gl_FragCoord.xy) - corner, 0);
}
