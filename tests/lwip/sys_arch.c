/* What lwIP asks of an RTOS, over POSIX threads. Nothing is freed at the end: lwIP's thread runs
 * as long as the program. */
#define _POSIX_C_SOURCE 200809L
#include "lwip/sys.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "lwip/tcpip.h"

/* A counter with its condition serves semaphores, and the full and empty sides of mailboxes. */
struct sys_sem {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned count;
};

struct sys_mutex {
    pthread_mutex_t mutex;
};

#define MBOX_MAX 64

struct sys_mbox {
    struct sys_sem used, room;
    pthread_mutex_t mutex;
    void *messages[MBOX_MAX];
    unsigned first, next;
};

static void *allocate(size_t size)
{
    void *it = calloc(1, size);

    if (it == NULL) {
        stack_assert("out of memory");
    }
    return it;
}

_Noreturn void stack_assert(const char *what)
{
    fprintf(stderr, "lwIP: %s\n", what);
    abort();
}

uint32_t stack_random(void)
{
    static uint32_t state = 1;

    state = state * 1664525 + 1013904223; /* the order of ports and numbers, nothing else */
    return state ^ state >> 16;
}

static struct timespec now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return at;
}

u32_t sys_now(void)
{
    struct timespec at = now();

    return (u32_t)((uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_nsec / 1000000);
}

void sys_init(void)
{
}

/* --- semaphores --------------------------------------------------------------- */

static void sem_init(struct sys_sem *sem, unsigned count)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&sem->mutex, NULL);
    pthread_cond_init(&sem->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    sem->count = count;
}

static void sem_destroy(struct sys_sem *sem)
{
    pthread_cond_destroy(&sem->changed);
    pthread_mutex_destroy(&sem->mutex);
}

static void sem_signal(struct sys_sem *sem)
{
    pthread_mutex_lock(&sem->mutex);
    sem->count++;
    pthread_cond_signal(&sem->changed);
    pthread_mutex_unlock(&sem->mutex);
}

/* Waits up to timeout_ms, 0: for ever. */
static u32_t sem_wait(struct sys_sem *sem, u32_t timeout_ms)
{
    struct timespec end = now();
    u32_t result = 0;
    int timed_out = 0;

    end.tv_sec += (time_t)(timeout_ms / 1000);
    end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    pthread_mutex_lock(&sem->mutex);
    while (sem->count == 0 && !timed_out) {
        timed_out = timeout_ms == 0 ? pthread_cond_wait(&sem->changed, &sem->mutex)
                                    : pthread_cond_timedwait(&sem->changed, &sem->mutex, &end);
    }
    if (sem->count > 0) {
        sem->count--;
    } else {
        result = SYS_ARCH_TIMEOUT;
    }
    pthread_mutex_unlock(&sem->mutex);
    return result;
}

static int sem_try(struct sys_sem *sem)
{
    int taken;

    pthread_mutex_lock(&sem->mutex);
    taken = sem->count > 0;
    sem->count -= (unsigned)taken;
    pthread_mutex_unlock(&sem->mutex);
    return taken;
}

err_t sys_sem_new(sys_sem_t *sem, u8_t count)
{
    *sem = allocate(sizeof **sem);
    sem_init(*sem, count);
    return ERR_OK;
}

void sys_sem_free(sys_sem_t *sem)
{
    sem_destroy(*sem);
    free(*sem);
}

void sys_sem_signal(sys_sem_t *sem)
{
    sem_signal(*sem);
}

u32_t sys_arch_sem_wait(sys_sem_t *sem, u32_t timeout)
{
    return sem_wait(*sem, timeout);
}

/* --- mutexes and the critical section ----------------------------------------- */

err_t sys_mutex_new(sys_mutex_t *mutex)
{
    *mutex = allocate(sizeof **mutex);
    pthread_mutex_init(&(*mutex)->mutex, NULL);
    return ERR_OK;
}

void sys_mutex_free(sys_mutex_t *mutex)
{
    pthread_mutex_destroy(&(*mutex)->mutex);
    free(*mutex);
}

void sys_mutex_lock(sys_mutex_t *mutex)
{
    pthread_mutex_lock(&(*mutex)->mutex);
}

void sys_mutex_unlock(sys_mutex_t *mutex)
{
    pthread_mutex_unlock(&(*mutex)->mutex);
}

/* lwIP enters it again within itself. */
static pthread_mutex_t section = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int depth;

sys_prot_t sys_arch_protect(void)
{
    if (depth++ == 0) {
        pthread_mutex_lock(&section);
    }
    return 0;
}

void sys_arch_unprotect(sys_prot_t level)
{
    (void)level;
    if (--depth == 0) {
        pthread_mutex_unlock(&section);
    }
}

/* --- who may call raw functions ----------------------------------------------- */

static _Thread_local int is_core;

void stack_mark_thread(void)
{
    is_core += !LWIP_TCPIP_CORE_LOCKING; /* with the lock its thread takes it like others */
}

#if LWIP_TCPIP_CORE_LOCKING
void stack_lock(void)
{
    sys_mutex_lock(&lock_tcpip_core);
    is_core++;
}

void stack_unlock(void)
{
    is_core--;
    sys_mutex_unlock(&lock_tcpip_core);
}
#endif

static int is_running; /* before, there is one thread only */

void stack_assert_locked(void)
{
    if (__atomic_load_n(&is_running, __ATOMIC_ACQUIRE) && !is_core) {
        stack_assert("a raw function is called outside lwIP's thread and without its lock");
    }
}

/* --- mailboxes ---------------------------------------------------------------- */

err_t sys_mbox_new(sys_mbox_t *mbox, int size)
{
    if (size <= 0 || size > MBOX_MAX) {
        stack_assert("mailbox size");
    }
    *mbox = allocate(sizeof **mbox);
    pthread_mutex_init(&(*mbox)->mutex, NULL);
    sem_init(&(*mbox)->used, 0);
    sem_init(&(*mbox)->room, (unsigned)size);
    return ERR_OK;
}

void sys_mbox_free(sys_mbox_t *mbox)
{
    sem_destroy(&(*mbox)->used);
    sem_destroy(&(*mbox)->room);
    pthread_mutex_destroy(&(*mbox)->mutex);
    free(*mbox);
}

static void put(struct sys_mbox *mbox, void *message)
{
    pthread_mutex_lock(&mbox->mutex);
    mbox->messages[mbox->next++ % MBOX_MAX] = message;
    pthread_mutex_unlock(&mbox->mutex);
    sem_signal(&mbox->used);
}

static void take(struct sys_mbox *mbox, void **message)
{
    void *taken;

    pthread_mutex_lock(&mbox->mutex);
    taken = mbox->messages[mbox->first++ % MBOX_MAX];
    pthread_mutex_unlock(&mbox->mutex);
    sem_signal(&mbox->room);
    if (message != NULL) {
        *message = taken;
    }
}

void sys_mbox_post(sys_mbox_t *mbox, void *message)
{
    sem_wait(&(*mbox)->room, 0);
    put(*mbox, message);
}

err_t sys_mbox_trypost(sys_mbox_t *mbox, void *message)
{
    if (!sem_try(&(*mbox)->room)) {
        return ERR_MEM;
    }
    put(*mbox, message);
    return ERR_OK;
}

err_t sys_mbox_trypost_fromisr(sys_mbox_t *mbox, void *message)
{
    return sys_mbox_trypost(mbox, message);
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *mbox, void **message, u32_t timeout)
{
    u32_t result = sem_wait(&(*mbox)->used, timeout);

    if (result != SYS_ARCH_TIMEOUT) {
        take(*mbox, message);
    }
    return result;
}

u32_t sys_arch_mbox_tryfetch(sys_mbox_t *mbox, void **message)
{
    if (!sem_try(&(*mbox)->used)) {
        return SYS_MBOX_EMPTY;
    }
    take(*mbox, message);
    return 0;
}

/* --- threads ------------------------------------------------------------------ */

struct start {
    lwip_thread_fn function;
    void *arg;
};

static void *run(void *arg)
{
    struct start start = *(struct start *)arg;

    free(arg);
    start.function(start.arg);
    return NULL;
}

sys_thread_t sys_thread_new(const char *name, lwip_thread_fn function, void *arg, int stack_size,
                            int priority)
{
    struct start *start = allocate(sizeof *start);
    pthread_t thread;

    (void)name, (void)stack_size, (void)priority;
    start->function = function;
    start->arg = arg;
    __atomic_store_n(&is_running, 1, __ATOMIC_RELEASE);
    if (pthread_create(&thread, NULL, run, start) != 0 || pthread_detach(thread) != 0) {
        stack_assert("cannot start a thread");
    }
    return 0;
}
