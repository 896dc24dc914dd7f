// Carries the compiler and linker flags of the installed GObject (pkg-config gobject-2.0), which libvips' header includes,
// to the target CVips, nothing else: glib's headers are more than Swift can import.
