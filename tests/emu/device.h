/* An emulated device with wafer in it: flash that loses power, a clock that lies, a network of one
 * CA, time that only waiting moves. It lives run after run; what it must never do is noted. */
#ifndef EMU_DEVICE_H
#define EMU_DEVICE_H

#include "ca.h"
#include "flash.h"
#include "wafer/wafer.h"

#define DEVICE_BLOCK  4096
#define DEVICE_BLOCKS 6

/* What its clock shows. */
enum device_clock {
    CLOCK_RIGHT,
    CLOCK_OFF,    /* by clock_s */
    CLOCK_AT,     /* stands at clock_s at boot, and runs */
    CLOCK_UNKNOWN /* it has none */
};

/* The connection to the CA: what the peer has ready. */
struct device_wire {
    bool open;
    bool greeted;
    uint8_t in[20000]; /* records from the client that are not whole yet */
    size_t in_len;
    char request[20000];
    size_t request_len;
    uint8_t out[2 * CA_BODY + 3 * CA_HEADERS];
    size_t out_len, taken;
    int64_t ready_ms; /* when the first octet can be read */
    uint32_t portion, interval_ms;
    enum ca_ending ending;
    char host[64];
};

struct emu_device {
    int64_t now_ms;  /* the true time, since 1970 */
    int64_t boot_ms; /* monotonic 0 */
    enum device_clock clock;
    int64_t clock_s;
    bool is_out;       /* no network */
    bool sees_fetches; /* its solver tells when the CA has fetched */
    bool own_signer;   /* the account's key is held elsewhere */
    bool is_booted;
    bool is_formatted; /* the store was once mounted */
    bool other_is_up; /* CA_OTHER_HOST can be reached */
    int64_t begun_ms; /* of the operation under way */
    unsigned fetched;
    unsigned challenge_count;
    struct {
        char name[CA_NAME_MAX], token[WAFER_TOKEN_MAX], thumbprint[48];
    } challenges[CA_NAMES];
    /* Told of what must never be. */
    void (*broken)(void *ctx, const char *rule, int64_t value);
    void *broken_ctx;
    uint32_t random;

    struct emu_ca ca;
    struct device_wire wire;
    struct emu_flash flash;
    struct wafer_port port;
    struct wafer_solver solver;
    struct wafer_store store;
    struct wafer_config config;
    struct wafer w;
};

/* A device fresh from the factory, at a time. The flash is to be freed. */
void emu_device_init(struct emu_device *d, int64_t now_s);
void emu_device_free(struct emu_device *d);

/* Time passes between operations. */
void emu_device_sleep(struct emu_device *d, int64_t seconds);

/* The power goes and comes back with the next run, or now. */
void emu_device_reboot(struct emu_device *d);
void emu_device_wake(struct emu_device *d);

enum device_force { BY_SCHEDULE, FORCED };

/* One run, as firmware does it at boot or when due: looks whether something is due, asks the CA for
 * the time where there is none, issues. Returns wafer_issue's result, 0 also when nothing was due. */
int emu_device_run(struct emu_device *d, const struct wafer_request *request, enum device_force force);

/* What its clock says, or WAFER_E_CLOCK. */
int64_t emu_device_wall(const struct emu_device *d);

/* Whether it has a certificate for the request that is valid at the true time, with its key, and
 * signed by the one that stands behind it. Says what is wrong, or NULL. */
const char *emu_device_fault(struct emu_device *d, const struct wafer_request *request);

/* The wire's side, for the port: device_wire.c. */
void device_port(struct emu_device *d);
void device_advance(struct emu_device *d, int64_t ms);

#endif
