// Processes, signals, clocks and limits. Every function gives its result, or the negative errno.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "CLinuxProcess.h"

uint64_t clinux_monotonic_nanoseconds(void) {
    struct timespec now;
    // Goes on while the machine sleeps, as a peer's clock and the life of a key do.
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
uint64_t clinux_processor_nanoseconds(void) {
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}
// A time that passed while the machine slept is there at once when it wakes; epoll's own patience knows nothing of sleep.
long clinux_alarm_create(void) {
    int alarm = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (alarm < 0) alarm = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC); // before Linux 3.15
    return alarm < 0 ? -(long)errno : alarm;
}
long clinux_alarm_set(int32_t alarm, uint64_t nanoseconds) {
    struct itimerspec when = {{0, 0}, {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)}};
    return timerfd_settime(alarm, TFD_TIMER_ABSTIME, &when, NULL) < 0 ? -(long)errno : 0;
}

// Toolchain/build sets it; for tests the day on which this was written is good enough.
#ifndef CLINUX_BUILD_SECONDS
#define CLINUX_BUILD_SECONDS 1795392000
#endif
int64_t clinux_build_seconds(void) { return CLINUX_BUILD_SECONDS; }
int64_t clinux_wall_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

const char *clinux_getenv(const char *name) { return getenv(name); }

long clinux_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) < 0) return -(long)errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

long clinux_spawn(const char *path, char *const arguments[], char *const environment[], int output,
                                int32_t *child) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return -error;
    error = posix_spawnattr_init(&attributes);
    if (!error) error = posix_spawnattr_setflags(&attributes,
        POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!error) error = posix_spawnattr_setpgroup(&attributes, 0);
    if (!error) error = posix_spawnattr_setsigmask(&attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!error) error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!error) error = output < 0 ? posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
                                   : posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (!error) error = posix_spawn(child, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -error;
}
long clinux_bury(int32_t child, int wait, int *status) {
    int raw = 0;
    pid_t ended = waitpid(child, &raw, wait ? 0 : WNOHANG);
    if (ended < 0) return -(long)errno;
    *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    return ended;
}
static const struct { int bit, number; } signals[] = {
    {CLINUX_HUP, SIGHUP}, {CLINUX_INT, SIGINT}, {CLINUX_TERM, SIGTERM}, {CLINUX_CHLD, SIGCHLD}, {CLINUX_KILL, SIGKILL},
};
enum { signal_count = sizeof signals / sizeof *signals };

long clinux_kill(int32_t process, int signal) {
    int number = 0;
    for (int i = 0; i < signal_count; i++)
        if (signals[i].bit == signal) number = signals[i].number;
    return kill(process, number) < 0 ? -(long)errno : 0;
}
long clinux_fork(void) {
    pid_t child = fork();
    return child < 0 ? -(long)errno : child;
}
long clinux_detach(void) {
    if (setsid() < 0 || chdir("/") < 0) return -(long)errno;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return -(long)errno;
    for (int fd = 0; fd < 3; fd++)
        if (dup2(null, fd) < 0) return -(long)errno;
    if (null > 2) close(null);
    return 0;
}

long clinux_signals(int mask) {
    sigset_t set;
    struct sigaction ignore;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    sigemptyset(&set);
    for (int i = 0; i < signal_count; i++)
        if (mask & signals[i].bit) sigaddset(&set, signals[i].number);
    if (sigaction(SIGPIPE, &ignore, NULL) < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -(long)errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -(long)errno : fd;
}
long clinux_next_signal(int fd) {
    struct signalfd_siginfo info;
    ssize_t got = read(fd, &info, sizeof info);
    if (got < 0) return -(long)errno;
    for (int i = 0; i < signal_count; i++)
        if (got == (ssize_t)sizeof info && (int)info.ssi_signo == signals[i].number) return signals[i].bit;
    return 0;
}

long clinux_no_core(void) {
    struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none) < 0 ? -(long)errno : 0;
}
void clinux_hide_memory(void) {
    struct rlimit limit;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (getrlimit(RLIMIT_CORE, &limit) < 0) return;
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &limit);
}
long clinux_allow_core(const char *folder) {
    struct rlimit limit;
    if (chdir(folder) < 0 || getrlimit(RLIMIT_CORE, &limit) < 0) return -(long)errno;
    limit.rlim_cur = limit.rlim_max;
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    return setrlimit(RLIMIT_CORE, &limit) < 0 ? -(long)errno : 0;
}
long clinux_page_size(void) { return getpagesize(); }


const char *clinux_error_text(int number) { return strerror(number); }
_Noreturn void clinux_exit(int code) { _exit(code); }
int32_t clinux_process(void) { return getpid(); }
uint32_t clinux_user(void) { return geteuid(); }
