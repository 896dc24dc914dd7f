// Debian's OpenBLAS puts cblas.h where `pkg-config openblas` says.
#include <cblas.h>
