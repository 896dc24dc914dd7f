#ifndef C_ARCHITECTURES_H
#define C_ARCHITECTURES_H

#include <stddef.h>

/// What a well-known architecture computes, as torch.export writes it, without weights.
struct ca_graph {
    /// "timm" or "torchvision".
    const char *library;
    const char *architecture;
    /// How many tensors a state dict of it has, but for counts of batches.
    size_t tensors;
    /// A zip file.
    const unsigned char *bytes;
    size_t count;
};

size_t ca_graph_count(void);

/// * `index`: below `ca_graph_count()`
struct ca_graph ca_graph_at(size_t index);

#endif
