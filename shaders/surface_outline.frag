// The outline of an MToon surface: the back of a slightly larger hull, lit as the surface's front would be there.
#include "common_mtoon.glsl"

uniform vec2 thin;

void main() {
    vec4 c = base();
    vec3 color = outline_color.rgb;
#ifdef OUTLINE_LIT
    color *= mix(vec3(1.0), toon_color(c.rgb, surface_normal()), extra.x);
#endif
    leave(color, c.a * thin.y);
}
