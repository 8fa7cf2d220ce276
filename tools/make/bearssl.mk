# BearSSL for one target, from its pinned sources. Called by the Makefile with
# OUT (the archive), DIR (objects), SRC (unpacked sources), CC, AR, CFLAGS,
# STAMPS (files whose change rebuilds all); WHOLE=1: also what neither wafer nor a choice of
# its knobs links; FAST: options for the arithmetic of P-256.

unlinked := aead/% ec/%_default ec/%_keygen ec/%_pubkey ec/ecdsa_default_% hash/md5% hash/sha1 hash/mgf1 hash/%_pclmul hash/%_pwr8 \
	int/i62_% $(addprefix int/i32_,a% b% dec% e% f% i% m% n% r% s% t%) kdf/% mac/hmac_ct rand/aesctr_drbg \
	rsa/rsa_default_% rsa/rsa_i32_% rsa/rsa_i62_% rsa/%_keygen rsa/%_keygen_inner rsa/%_oaep_decrypt rsa/%_oaep_encrypt rsa/%_oaep_pad \
	rsa/%_oaep_unpad rsa/%_privexp rsa/%_pubexp rsa/%_modulus rsa/%_priv rsa/%_pkcs1_sign \
	ssl/ssl_server_% ssl/ssl_client_% ssl/ssl_engine_default_% ssl/ssl_ccert_% ssl/%_cbc ssl/%_ccm ssl/%_lru ssl/%_io \
	symcipher/des_% symcipher/aes_big_% symcipher/aes_small_% symcipher/aes_pwr8% symcipher/aes_x86ni% symcipher/%_sse2 \
	symcipher/%_cbcdec symcipher/%_cbcenc symcipher/%_ctrcbc symcipher/aes_ct_dec symcipher/aes_ct64_dec \
	x509/encode_% x509/x509_minimal_full

sources := $(wildcard $(SRC)/src/*.c $(SRC)/src/*/*.c)
sources := $(if $(WHOLE),$(sources),$(filter-out $(unlinked:%=$(SRC)/src/%.c),$(sources)))
objects := $(patsubst $(SRC)/src/%.c,$(DIR)/%.o,$(sources))

$(shell mkdir -p $(sort $(dir $(objects))))

$(OUT): $(objects)
	@rm -f $@
	@$(AR) rcs $@ $^

$(DIR)/%.o: $(SRC)/src/%.c $(STAMPS)
	@$(CC) $(CFLAGS) $(if $(filter %/ec_p256_m31.o,$@),$(FAST)) -I$(SRC)/src -I$(SRC)/inc -c -o $@ $<
