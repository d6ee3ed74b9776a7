// How far a surface is, and nothing else: what casts a shadow.
#ifdef ALPHA_MASK
#include "common_surface.glsl"
#endif

void main() {
#ifdef ALPHA_MASK
    o_color = base();
#endif
}
