// A surface of VRMC_materials_mtoon 1.0.
#include "common_mtoon.glsl"

void main() {
    vec4 lit = base();
    leave(toon_color(lit.rgb, surface_normal()), lit.a);
}
