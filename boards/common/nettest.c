/* A program to try a board and the lwIP port with: FIRMWARE=nettest.c. It checks
 * the flash, gets an address, asks CONFIG_DIRECTORY's stand-in "host:port" for an
 * echo, and serves an echo on port 80. */
#include <bearssl.h>
#include <string.h>
#include "board.h"
#include "config.h"
#include "console.h"
#include "nic.h"
#include "stack.h"
#include "wafer_lwip.h"

static int idle(void)
{
    board_watchdog();
    return 0;
}

static int entropy(void *data, size_t len)
{
    uint8_t seed[BOARD_SEED_SIZE];
    size_t n = board_seed(seed);
    if (n < len)
        return WAFER_E_ENTROPY;
    memcpy(data, seed, len);
    return 0;
}

static const struct wafer_lwip_device device = {
    nic_netif_init, nic_netif_poll, board_ms, board_time, entropy, idle, board_sleep,
};
static const struct wafer_port *const port = &wafer_lwip_port;

static const struct wafer_flash *const flash = &board_flash;
static uint8_t data[256], back[256];

static int program_halves(uint32_t address)
{
    int rc = flash->program(NULL, address, data, 128);
    if (rc < 0)
        return rc;
    return flash->program(NULL, address + 128, data + 128, 128);
}

/* At the block's end. Returns 0, or a number that tells what went wrong. */
static int block_test(uint32_t block)
{
    uint32_t address = (block + 1) * flash->block_size - (uint32_t)sizeof data;
    int rc = flash->erase(NULL, block);
    if (rc < 0)
        return -1;
    rc = flash->read(NULL, address, back, sizeof back);
    if (rc < 0)
        return -1;
    for (size_t i = 0; i < sizeof back; i++)
        if (back[i] != flash->erased)
            return -2;
    rc = program_halves(address);
    if (rc < 0)
        return -3;
    rc = flash->read(NULL, address, back, sizeof back);
    if (rc < 0 || memcmp(data, back, sizeof back) != 0)
        return -3;
    rc = flash->read(NULL, address + 37, back, 101);
    if (rc < 0 || memcmp(data + 37, back, 101) != 0)
        return -4;
    return 0;
}

static int flash_test(void)
{
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + 3);
    for (uint32_t block = 0; block < flash->block_count; block += flash->block_count - 1) {
        int rc = block_test(block);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static void client_test(void)
{
    static uint8_t out[3000], in[512];
    size_t got = 0, sent = 0;
    int handle =
        port->connect(NULL, config_text(CONFIG_NAME, 0), (uint16_t)config_number(CONFIG_NTP_PORT, 7), 5000);
    console_print("connect %d\n", handle);
    if (handle < 0)
        return;
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (uint8_t)(i * 13);
    while (got < sizeof out) {
        if (sent < sizeof out) {
            int n = port->write(NULL, handle, out + sent, sizeof out - sent, 2000);
            if (n < 0) {
                console_print("write %d\n", n);
                break;
            }
            sent += (size_t)n;
        }
        int n = port->read(NULL, handle, in, sizeof in, sent < sizeof out ? 0 : 2000);
        if (n == WAFER_E_AGAIN)
            continue;
        if (n < 0 || memcmp(in, out + got, (size_t)n) != 0) {
            console_print("read %d after %u\n", n, (unsigned)got);
            break;
        }
        got += (size_t)n;
    }
    console_print("echoed %u\n", (unsigned)got);
    port->close(NULL, handle);
}

static void write_all(int handle, const uint8_t *from, int len)
{
    for (int at = 0; at < len;) {
        int rc = port->write(NULL, handle, from + at, (size_t)(len - at), 1000);
        if (rc < 0)
            return;
        at += rc;
    }
}

static void serve(int listener)
{
    static uint8_t text[600];
    int handles[8] = {listener};
    size_t n = 1;
    for (;;) {
        int rc = port->wait(NULL, handles, n, 1000);
        if (rc < 0)
            return;
        int handle = port->accept(NULL, listener);
        if (handle >= 0)
            handles[n++] = handle;
        for (size_t i = 1; i < n; i++) {
            int len = port->read(NULL, handles[i], text, sizeof text, 0);
            if (len == WAFER_E_AGAIN)
                continue;
            write_all(handles[i], text, len);
            if (len < 0) {
                port->close(NULL, handles[i]);
                handles[i--] = handles[--n];
                console_print("closed %d, %u open, stack %u\n", len, (unsigned)n - 1, (unsigned)stack_used());
            }
        }
    }
}

int main(void)
{
    board_init();
    console_print("nettest\n");
    console_print("flash %d\n", flash_test());
    int rc = wafer_lwip_start(&device);
    nic_drop(config_number(CONFIG_DROP, 0));
    if (rc >= 0)
        rc = wafer_lwip_wait_address(10000);
    console_print("address %x: %d after %u ms\n",
                  (unsigned)ip4_addr_get_u32(netif_ip4_addr(wafer_lwip_netif())), rc, (unsigned)board_ms());
    if (config_text(CONFIG_NAME, 0) != NULL)
        client_test();
    serve(port->listen(NULL, NULL, 80));
    return 1;
}
