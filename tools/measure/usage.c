/* Runs a command and writes what it took to FILE, for tools/measure/bench.py: "WALL_US CPU_US RSS_KIB".
 *
 *   measure FILE COMMAND [ARGUMENT...]
 *
 * The kernel counts resident memory only roughly (by some 100 KiB on new ones), and a child's
 * peak begins with that of the process that forked it. So the command is stopped at its end and
 * its pages are counted then, which is the peak of a program that gives nothing back; the larger
 * of both figures is reported, and this program is linked statically to be small itself. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long us(struct timeval t)
{
    return t.tv_sec * 1000000LL + t.tv_usec;
}

static long long now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* Resident KiB of a process, by walking its pages. */
static long resident(pid_t pid)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
    int file = open(path, O_RDONLY);
    if (file < 0) {
        return 0;
    }
    ssize_t len = read(file, text, sizeof text - 1);
    close(file);
    text[len > 0 ? len : 0] = '\0';
    const char *rss = strstr(text, "\nRss:");
    return rss == NULL ? 0 : atol(rss + 5);
}

int main(int argc, char **argv)
{
    struct rusage used;
    int status;
    long rss = 0;

    if (argc < 3) {
        return 2;
    }
    long long start = now_us();
    pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        return 126;
    }
    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC));
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    for (;;) {
        if (wait4(pid, &status, 0, &used) != pid) {
            return 126;
        }
        if (!WIFSTOPPED(status)) {
            break;
        }
        int event = status >> 16, signal = event != 0 ? 0 : WSTOPSIG(status);
        if (event == PTRACE_EVENT_EXIT) {
            rss = resident(pid);
        }
        ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal);
    }
    long long wall = now_us() - start;
    int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0) {
        return 126;
    }
    dprintf(file, "%lld %lld %ld\n", wall, us(used.ru_utime) + us(used.ru_stime),
            rss > used.ru_maxrss ? rss : used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
