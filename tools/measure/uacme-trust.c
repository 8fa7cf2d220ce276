/* uacme trusts the system's certificates and has no option for others. Preloaded,
 * this lets curl's GnuTLS read the folder UACME_TRUST instead; for tools/measure/bench.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

int gnutls_certificate_set_x509_trust_dir(void *credentials, const char *folder, int type);

int gnutls_certificate_set_x509_trust_dir(void *credentials, const char *folder, int type)
{
    int (*real)(void *, const char *, int);
    *(void **)&real = dlsym(RTLD_NEXT, "gnutls_certificate_set_x509_trust_dir");
    const char *other = getenv("UACME_TRUST");
    return real(credentials, other != NULL ? other : folder, type);
}
