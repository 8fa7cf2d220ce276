/* Calls to the debugger's host: QEMU's exit, and files of the host. */
#include "semihost.h"
#include <string.h>

enum call {
    SYS_OPEN = 0x01,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_SEEK = 0x0a,
    SYS_FLEN = 0x0c,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20
};
#define OPEN_UPDATE      3 /* "r+b" */
#define OPEN_CREATE      7 /* "w+b" */
#define APPLICATION_EXIT 0x20026u

static int32_t call(enum call number, const void *arguments)
{
    register uint32_t r0 __asm__("r0") = number;
    register const void *r1 __asm__("r1") = arguments;
#if __ARM_ARCH_PROFILE == 'M'
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
#else
    __asm__ volatile("svc 0xab" : "+r"(r0) : "r"(r1) : "memory", "lr");
#endif
    return (int32_t)r0;
}

_Noreturn void semihost_exit(int status)
{
    const uint32_t arguments[2] = {APPLICATION_EXIT, (uint32_t)status};
    for (;;)
        call(SYS_EXIT_EXTENDED, arguments);
}

int semihost_open(const char *path, enum semihost_mode mode)
{
    const uint32_t arguments[3] = {(uint32_t)(uintptr_t)path,
                                   mode == SEMIHOST_CREATE ? OPEN_CREATE : OPEN_UPDATE,
                                   (uint32_t)strlen(path)};
    return call(SYS_OPEN, arguments);
}

static int transfer(enum call number, int file, uint32_t offset, const void *data, size_t len)
{
    const uint32_t seek[2] = {(uint32_t)file, offset};
    const uint32_t arguments[3] = {(uint32_t)file, (uint32_t)(uintptr_t)data, (uint32_t)len};
    int32_t rc = call(SYS_SEEK, seek);
    if (rc < 0)
        return -1;
    rc = call(number, arguments); /* octets that were not done */
    if (rc != 0)
        return -1;
    return 0;
}

int semihost_read(int file, uint32_t offset, void *data, size_t len)
{
    return transfer(SYS_READ, file, offset, data, len);
}

int semihost_write(int file, uint32_t offset, const void *data, size_t len)
{
    return transfer(SYS_WRITE, file, offset, data, len);
}

int32_t semihost_length(int file)
{
    const uint32_t arguments[1] = {(uint32_t)file};
    return call(SYS_FLEN, arguments);
}
