/* Built against the installed files by install.sh: one key in, one key out, and the version. */
#include <lodger.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    lodger_db *db;
    lodger_client *c;
    const void *value;
    size_t len;
    if (lodger_abi_version() != LODGER_ABI_VERSION) return 1;
    if (lodger_open(NULL, NULL, &db, NULL) < 0 || lodger_client_new(db, &c) < 0) return 2;
    if (lodger_set(c, "k", 1, "installed", 9) < 0) return 3;
    if (lodger_get(c, "k", 1, &value, &len) != LODGER_OK || len != 9 || memcmp(value, "installed", 9) != 0) return 4;
    puts(lodger_version());
    lodger_client_free(c);
    return lodger_close(db, NULL) < 0;
}
