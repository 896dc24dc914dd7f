#ifndef CFUZZING_H
#define CFUZZING_H

#include <stddef.h>
#include <stdint.h>

// Counts the heap of this process from now on, and ends the process with a message where it grows by more than `limit`
// bytes or more than that is asked for at once.
void cfuzzing_watch_memory(size_t limit);
// Counts no longer; the most that the heap has grown by since `cfuzzing_watch_memory`.
size_t cfuzzing_end_watch(void);

// Where a signal ends the process from now on, it writes what was noted last as its input, so that it can be read again.
void cfuzzing_keep_on_crash(const char *path);
void cfuzzing_note_input(const char *name, const uint8_t *bytes, size_t count);

// libFuzzer's main function, for programs that bring their own; only in a build of scripts/fuzz.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
