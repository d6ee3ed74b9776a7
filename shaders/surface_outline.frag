// The outline of an MToon surface: the back of a slightly larger hull.
#include "common_surface.glsl"

void main() {
    vec4 c = base();
    vec3 lighting = light_color.rgb + ambient.rgb;
    vec3 color = outline_color.rgb * mix(vec3(1.0), c.rgb * lighting, extra.x);
    leave(color, c.a);
}
