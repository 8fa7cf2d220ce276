/* lwIP with threads and sockets, as a firmware under an RTOS would set it, for the tests of
 * port/lwip-sockets. What is not here has lwIP's default. */
#ifndef TEST_LWIPOPTS_H
#define TEST_LWIPOPTS_H

/* What the port needs (port/lwip-sockets/README.md). */
#define NO_SYS           0
#define LWIP_SOCKET      1
#define LWIP_DNS         1
#define SO_REUSE         1
#define LWIP_IPV6        1
#define MEMP_NUM_NETCONN        40 /* both ends of as many connections as the responder has on a host */
#define MEMP_NUM_TCP_PCB        40

#define MEMP_NUM_TCP_PCB_LISTEN 40
#define DNS_MAX_RETRIES         8 /* 29 seconds: no test waits until a name is given up */

/* Some memory of its own, so that none of it is the C library's. */
#define MEM_ALIGNMENT            8
#define MEM_SIZE                 65536
#define PBUF_POOL_SIZE           64
#define MEMP_NUM_TCP_SEG         64
#define MEMP_NUM_NETBUF          8
#define MEMP_NUM_TCPIP_MSG_INPKT 32
#define MEMP_NUM_SYS_TIMEOUT     24
#define TCP_MSS                  1460
#define TCP_WND                  (4 * TCP_MSS)
#define TCP_SND_BUF              (4 * TCP_MSS)
#define TCP_SND_QUEUELEN         16

#define TCPIP_MBOX_SIZE           32
#define DEFAULT_TCP_RECVMBOX_SIZE 16
#define DEFAULT_UDP_RECVMBOX_SIZE 8
#define DEFAULT_ACCEPTMBOX_SIZE   20

/* Nobody else is in the network: no address need be tried out for a second. */
#define LWIP_DHCP                     1
#define DHCP_DOES_ARP_CHECK           0
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS 0

#define LWIP_NETIF_LOOPBACK  1
#define LWIP_HAVE_LOOPIF     1
#define LWIP_SO_LINGER       1 /* a test resets connections with it */
#define LWIP_STATS           0
#define LWIP_IPV6_DHCP6      0
#define IPV6_FRAG_COPYHEADER 1 /* pointers have 64 bits */

/* That raw functions are called in lwIP's thread or under its lock only. */
#define LWIP_ASSERT_CORE_LOCKED() stack_assert_locked()
#define LWIP_MARK_TCPIP_THREAD()  stack_mark_thread()
#if !defined LWIP_TCPIP_CORE_LOCKING || LWIP_TCPIP_CORE_LOCKING
#define LOCK_TCPIP_CORE()   stack_lock()
#define UNLOCK_TCPIP_CORE() stack_unlock()
#endif
void stack_assert_locked(void);
void stack_mark_thread(void);
void stack_lock(void);
void stack_unlock(void);

#endif
