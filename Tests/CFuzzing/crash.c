#include "CFuzzing.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static char kept_path[512], input_name[512];
static uint8_t input[1 << 20];
static size_t input_count;

static void say(const char *text) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0) _exit(70);
}

static void keep(int number) {
    int file = open(kept_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file >= 0 && write(file, input, input_count) == (ssize_t)input_count) {
        say("broke off at ");
        say(input_name);
        say(", which is kept as ");
        say(kept_path);
        say("\n");
    }
    signal(number, SIG_DFL);
    raise(number);
}

void cfuzzing_keep_on_crash(const char *path) {
    strncpy(kept_path, path, sizeof kept_path - 1);
    int numbers[] = {SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGALRM};
    for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) signal(numbers[index], keep);
}

void cfuzzing_note_input(const char *name, const uint8_t *bytes, size_t count) {
    strncpy(input_name, name, sizeof input_name - 1);
    input_count = count < sizeof input ? count : sizeof input;
    if (input_count > 0) memcpy(input, bytes, input_count);
    // No input takes longer; a reader that hangs is broken off.
    alarm(20);
}
