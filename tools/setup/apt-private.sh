# Sourced by scripts that fetch from Debian without touching the system's apt:
# own lists and caches, and a source made from the mirror that the machine itself uses.

apt_fail() {
    echo "$0: $*" >&2
    exit 1
}

# The first configured Debian mirror: "URI<TAB>keyring". apt itself reads its
# sources, so every format of them is understood.
apt_mirror() {
    apt-get indextargets --format '$(REPO_URI)	$(SIGNED_BY)	$(RELEASE)	$(COMPONENT)' 'Created-By: Packages' |
        awk -F '\t' '$4 == "main" && $3 !~ /[-\/]/ && $1 ~ /\/debian\/?$/ {
            print $1 "\t" $2; found = 1; exit }
            $4 == "main" && $3 !~ /[-\/]/ && first == "" { first = $1 "\t" $2 }
            END { if (!found && first != "") print first }'
}

# apt_private DIR KIND SUITE: prepares DIR, KIND is deb or deb-src, and reads the
# lists. From then on apt-get and apt-helper of this script use it alone.
apt_private() {
    unset APT_CONFIG
    mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
    apt_dir=$(cd "$1" && pwd)
    mirror=$(apt_mirror)
    [ -n "$mirror" ] || apt_fail "no Debian mirror found in the apt configuration of this machine"
    uri=$(printf '%s' "$mirror" | cut -f 1)
    key=$(printf '%s' "$mirror" | cut -f 2)
    case $key in
    /*) ;;
    *) key=/usr/share/keyrings/debian-archive-keyring.gpg ;;
    esac
    echo "$2 [signed-by=$key] $uri $3 main" >"$apt_dir/sources.list"
    cat >"$apt_dir/apt.conf" <<CONF
Dir::Etc::SourceList "$apt_dir/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$apt_dir/lists";
Dir::Cache "$apt_dir/cache";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "root";
CONF
    export APT_CONFIG="$apt_dir/apt.conf"
    apt-get -qq update || apt_fail "cannot read the package lists of $3 from the machine's Debian mirror"
}
