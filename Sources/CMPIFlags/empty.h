// Carries the compiler and linker flags of the installed MPI (pkg-config ompi-c) to the target CMPI, nothing else:
// Swift cannot import mpi.h, whose constants are casts in macros.
