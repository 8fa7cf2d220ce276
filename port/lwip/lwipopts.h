/* lwIP for a client with a few connections in little memory. Knobs of ours have
 * #ifndef defaults; a board changes them on the compiler's command line. */
#ifndef WAFER_LWIPOPTS_H
#define WAFER_LWIPOPTS_H

/* Largest IP datagram that is sent and asked for, octets: 576 costs the least
 * memory, IPv6 needs 1280 (RFC 8200 5). */
#ifndef WAFER_LWIP_MTU
#define WAFER_LWIP_MTU 576
#endif

#ifndef WAFER_LWIP_IPV6
#define WAFER_LWIP_IPV6 0
#endif

/* Connections at the same time: the one to the CA, and those of the responder. lwIP
 * has one PCB more, for one that is being closed. */
#ifndef WAFER_LWIP_CONNECTIONS
#define WAFER_LWIP_CONNECTIONS 7
#endif

/* Receive buffers of 256 octets; a frame takes as many as it needs. While the CPU
 * computes, frames gather here: two segments of a connection, and small ones such
 * as SYN and ARP. */
#ifndef WAFER_LWIP_BUFFERS
#define WAFER_LWIP_BUFFERS 20
#endif

/* Heap of lwIP, for what is sent: two segments of one connection, one small
 * answer of each of three others, headers and DHCP's state. */
#ifndef WAFER_LWIP_HEAP
#define WAFER_LWIP_HEAP (2 * (WAFER_LWIP_MTU + 40) + 1536)
#endif

#define NO_SYS                    1
#define SYS_LIGHTWEIGHT_PROT      1 /* the driver's interrupt allocates pool pbufs */
#define LWIP_NETCONN              0
#define LWIP_SOCKET               0
#define LWIP_RAW                  0
#define LWIP_STATS                0
#define LWIP_SINGLE_NETIF         1
#define LWIP_NETIF_TX_SINGLE_PBUF 0
#define LWIP_NO_CTYPE_H           1

#define MEM_ALIGNMENT           4
#define MEM_SIZE                WAFER_LWIP_HEAP
#define MEMP_NUM_PBUF           4
#define MEMP_NUM_UDP_PCB        3
#define MEMP_NUM_TCP_PCB        (WAFER_LWIP_CONNECTIONS + 1)
#define MEMP_NUM_TCP_PCB_LISTEN 2
#define MEMP_NUM_TCP_SEG        16
#define PBUF_POOL_SIZE          WAFER_LWIP_BUFFERS
#define PBUF_POOL_BUFSIZE       256

#define LWIP_IPV4           1
#define LWIP_IPV6           WAFER_LWIP_IPV6
#define LWIP_IPV6_DHCP6     0
#define LWIP_IPV6_MLD       1
#define LWIP_IPV6_REASS     0
#define LWIP_IPV6_FRAG      0
#define IP_REASSEMBLY       0
#define IP_FRAG             0
#define ARP_TABLE_SIZE      4
#define ARP_QUEUEING        LWIP_IPV6 /* validators may come at once; else the CA's connection has asked already */
#define MEMP_NUM_ARP_QUEUE  4
#define LWIP_DHCP           1
#define DHCP_DOES_ARP_CHECK 0
#define LWIP_DNS            1
#define DNS_TABLE_SIZE      1
#define DNS_MAX_NAME_LENGTH 128

#define LWIP_TCP 1
#define TCP_MSS  (WAFER_LWIP_MTU - (WAFER_LWIP_IPV6 ? 60 : 40))
#define TCP_WND  (2 * TCP_MSS)
/* Longest frame that must be received, with header and checksum: a peer that does
 * not respect our MSS (QEMU's network is one) still respects the window. */
#define WAFER_LWIP_FRAME  (TCP_WND < 1460 ? TCP_WND + 14 + 40 + 4 : 1518)
#define TCP_SND_BUF       (2 * TCP_MSS)
#define TCP_SND_QUEUELEN  6
#define TCP_QUEUE_OOSEQ   0
#define TCP_OVERSIZE      0    /* else each small write takes a whole segment */
#define LWIP_TCP_RTO_TIME 1000 /* RFC 6298 2.1 */
#define SO_REUSE          1    /* listen again while old connections linger */

/* lwIP's own initial sequence numbers can be guessed (RFC 6528). */
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) wafer_lwip_random()

/* Name servers of a router's advertisement. */
#define LWIP_ND6_RDNSS_MAX_DNS_SERVERS 1

#define LWIP_NOASSERT 1

#endif
