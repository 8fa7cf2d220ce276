/* Runs a command and tells what it took, for tools/bench.py: "WALL_US CPU_US RSS_KIB"
 * on the last line of FILE. Linked statically and tiny, because a child's peak RSS begins
 * with that of the process that forked it.
 *
 *   measure FILE COMMAND [ARGUMENT...] */
#include <fcntl.h>
#include <stdio.h>
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

int main(int argc, char **argv)
{
    struct rusage used;
    int status;
    if (argc < 3) {
        return 2;
    }
    long long start = now_us();
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid) {
        return 126;
    }
    long long wall = now_us() - start;
    int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0) {
        return 126;
    }
    dprintf(file, "%lld %lld %ld\n", wall, us(used.ru_utime) + us(used.ru_stime), used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
