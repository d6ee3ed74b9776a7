// A surface that shows its own colour whatever the light (KHR_materials_unlit), and nothing else.
#include "common_surface.glsl"

void main() {
    vec4 c = base();
    leave(c.rgb, c.a);
}
