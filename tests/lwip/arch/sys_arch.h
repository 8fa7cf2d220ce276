/* What lwIP asks of an RTOS, over POSIX threads: sys_arch.c. */
#ifndef TEST_LWIP_SYS_ARCH_H
#define TEST_LWIP_SYS_ARCH_H

typedef struct sys_sem *sys_sem_t;
typedef struct sys_mutex *sys_mutex_t;
typedef struct sys_mbox *sys_mbox_t;
typedef int sys_thread_t;
typedef int sys_prot_t;

#define sys_sem_valid(s)         (*(s) != NULL)
#define sys_sem_set_invalid(s)   (*(s) = NULL)
#define sys_mutex_valid(m)       (*(m) != NULL)
#define sys_mutex_set_invalid(m) (*(m) = NULL)
#define sys_mbox_valid(m)        (*(m) != NULL)
#define sys_mbox_set_invalid(m)  (*(m) = NULL)

#endif
