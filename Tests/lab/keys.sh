# shellcheck shell=bash
# The laboratory's keys, where gateways authenticate with RSA signatures: sourced by Tests/lab/lab.sh.
#
# auth=rsa: each gateway knows the other's key. Cygnet makes its key with `ipsec newhostkey`; strongSwan has a key of OpenSSL's;
# libreswan makes its own key at east, and at west has one that `ipsec rsasigkey` made.
# auth=x509: a root, an authority below it, and a certificate for each gateway. The gateways trust only the root, and must
# send the certificate of the other authority.

# Makes the credentials of the gateways, once for each run.
lab_keys() {
    local node
    [ "$auth" != secret ] || return 0
    [ ! -d "$lab/keys" ] || return 0
    mkdir -p "$lab/keys"
    [ "$auth" = rsa ] || lab_authorities
    for node in west east; do
        if [ "$auth" = rsa ] && [ "$(lab_own $node kind)" = cygnet ]; then
            "$binary" newhostkey --output "$lab/keys/$node.secrets" --bits 2048 2>/dev/null
            "$binary" showhostkey --file "$lab/keys/$node.secrets" --left | sed -n 's/.*=0s//p' >"$lab/keys/$node.rfc3110"
            lab_public_from_rfc3110 "$node"
        elif [ "$auth" = rsa ] && [ "$(lab_own $node kind)" = libreswan ]; then
            lab_libreswan_key "$node"
        else
            openssl genrsa -traditional -out "$lab/keys/$node.key" 2048 2>/dev/null
            openssl rsa -in "$lab/keys/$node.key" -pubout -out "$lab/keys/$node.pub" 2>/dev/null
            { printf '\003\001\000\001'; openssl rsa -in "$lab/keys/$node.key" -noout -modulus | sed 's/.*=//' | xxd -r -p; } |
                base64 -w 0 >"$lab/keys/$node.rfc3110"
            [ "$auth" = rsa ] || lab_certify "$node" middle end
        fi
    done
    if [ "$auth" = x509 ]; then lab_revoke; fi
}
# Converts the output of `ipsec showhostkey` to a public key in OpenSSL's form.
lab_public_from_rfc3110() {
    local modulus
    modulus=$(base64 -d "$lab/keys/$1.rfc3110" | xxd -p -c 4096 | cut -c9-)
    printf 'asn1=SEQUENCE:key\n[key]\nalgorithm=SEQUENCE:rsa\nbits=BITWRAP,SEQUENCE:numbers\n[rsa]\nname=OID:rsaEncryption\nnothing=NULL\n[numbers]\nn=INTEGER:0x%s\ne=INTEGER:65537\n' \
        "$modulus" >"$lab/keys/$1.asn1"
    openssl asn1parse -genconf "$lab/keys/$1.asn1" -noout -out "$lab/keys/$1.der"
    openssl rsa -pubin -inform DER -in "$lab/keys/$1.der" -out "$lab/keys/$1.pub" 2>/dev/null
}
lab_authorities() {
    cat >"$lab/keys/openssl.cnf" <<CONF
[req]
distinguished_name = name
prompt = no
[name]
CN = unused
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[end]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
subjectAltName = DNS:\${ENV::LAB_NODE}
$([ "$padding" = 0 ] || echo "nsComment = $(head -c "$padding" /dev/zero | tr '\0' x)")
[ca]
default_ca = list
[list]
database = $lab/keys/database
crlnumber = $lab/keys/number
default_md = sha256
default_crl_days = 30
CONF
    openssl genrsa -out "$lab/keys/root.key" 2048 2>/dev/null
    LAB_NODE=root openssl req -new -x509 -config "$lab/keys/openssl.cnf" -extensions authority -key "$lab/keys/root.key" \
        -subj "/C=DE/O=Laboratory/CN=Root" -days 30 -out "$lab/keys/root.pem"
    openssl genrsa -out "$lab/keys/middle.key" 2048 2>/dev/null
    lab_certify middle root authority
}
# lab_certify NAME ISSUER EXTENSIONS
lab_certify() {
    LAB_NODE=$1 openssl req -new -config "$lab/keys/openssl.cnf" -key "$lab/keys/$1.key" -subj "/C=DE/O=Laboratory/CN=$1" -out "$lab/keys/$1.csr"
    LAB_NODE=$1 openssl x509 -req -in "$lab/keys/$1.csr" -CA "$lab/keys/$2.pem" -CAkey "$lab/keys/$2.key" -set_serial "0x1$RANDOM" -days 30 \
        -extfile "$lab/keys/openssl.cnf" -extensions "$3" -out "$lab/keys/$1.pem" 2>/dev/null
}
# Revocation lists: $revoked names a gateway, or is empty.
lab_revoke() {
    local issuer
    for issuer in root middle; do
        : >"$lab/keys/database"; echo 01 >"$lab/keys/number"
        if [ $issuer = middle ] && [ -n "$revoked" ]; then
            LAB_NODE= openssl ca -config "$lab/keys/openssl.cnf" -cert "$lab/keys/middle.pem" -keyfile "$lab/keys/middle.key" -revoke "$lab/keys/$revoked.pem" 2>/dev/null
        fi
        LAB_NODE= openssl ca -config "$lab/keys/openssl.cnf" -cert "$lab/keys/$issuer.pem" -keyfile "$lab/keys/$issuer.key" -gencrl -out "$lab/keys/$issuer.crl" 2>/dev/null
    done
}

# The conn's lines for Cygnet, its ipsec.secrets and its folders.
lab_cygnet_keys() {
    local here=$1 there; there=$(lab_other "$here")
    local dir=$lab/$here
    mkdir -p "$dir/ipsec.d/"{certs,private,cacerts,crls}
    if [ "$auth" = rsa ]; then
        echo "	authby=rsasig"
        echo "	leftrsasigkey=0s$(cat "$lab/keys/$here.rfc3110")"
        if [ "$here" = east ]; then there=${east_knows:-$there}; fi
        echo "	rightrsasigkey=0s$(cat "$lab/keys/$there.rfc3110")"
        cp "$lab/keys/$here.secrets" "$dir/ipsec.secrets"
        return
    fi
    echo "	authby=rsasig"
    echo "	leftcert=$here.pem"
    [ "$(lab_own "$there" kind)" != libreswan ] || echo "	leftsendcert=always"   # it does not ask
    echo "	leftid=\"C=DE, O=Laboratory, CN=$here\""
    echo "	rightrsasigkey=%cert"
    echo "	rightid=\"C=DE, O=Laboratory, CN=*\""
    cp "$lab/keys/$here.pem" "$dir/ipsec.d/certs/"
    cp "$lab/keys/root.pem" "$lab/keys/middle.pem" "$dir/ipsec.d/cacerts/"
    cp "$lab/keys/root.crl" "$lab/keys/middle.crl" "$dir/ipsec.d/crls/"
    (umask 077; cp "$lab/keys/$here.key" "$dir/ipsec.d/private/host.pem"; echo ": RSA host.pem" >"$dir/ipsec.secrets")
}
# strongSwan's `local` and `remote`, and its folder of keys.
lab_strongswan_keys() {
    local here=$1 there; there=$(lab_other "$here")
    local dir=$lab/$here
    mkdir -p "$dir/"{private,pubkey,x509,x509ca}
    cp "$lab/keys/$here.key" "$dir/private/"
    if [ "$auth" = rsa ]; then
        cp "$lab/keys/$here.pub" "$lab/keys/$there.pub" "$dir/pubkey/"
        echo "  local { auth = pubkey"
        echo "    pubkeys = $here.pub"
        [ "$ids" = address ] && echo "    id = $(lab_address "$here")" || echo "    id = @$here"
        echo "  }"
        echo "  remote { auth = pubkey"
        echo "    pubkeys = $there.pub"
        [ "$ids" = address ] && echo "    id = $(lab_address "$there")" || echo "    id = @$there"
        echo "  }"
        return
    fi
    cp "$lab/keys/$here.pem" "$dir/x509/"
    cp "$lab/keys/root.pem" "$lab/keys/middle.pem" "$dir/x509ca/"
    echo "  local { auth = pubkey"
    echo "    certs = $here.pem"
    echo "    id = \"C=DE, O=Laboratory, CN=$here\""
    echo "  }"
    echo "  remote { auth = pubkey"
    echo "    id = \"C=DE, O=Laboratory, CN=$there\""
    echo "  }"
}
# Makes a key in the database of a libreswan, whose `showhostkey` prints the public half.
lab_libreswan_key() {
    local database=$lab/$1/nss ckaid
    lab_libreswan_database "$1"
    if [ "$1" = west ]; then
        "$binary" rsasigkey 2192 --pem >"$lab/keys/$1.key" 2>/dev/null
        openssl req -new -x509 -key "$lab/keys/$1.key" -subj "/CN=raw" -days 30 -out "$lab/keys/$1.pem"
        lab_libreswan_import "$1"
    else
        "$lab_libreswan/rsasigkey" --nssdir "$database" --seeddev /dev/urandom 2192 >/dev/null 2>&1
    fi
    ckaid=$("$lab_libreswan/showhostkey" --nssdir "$database" --list 2>&1 | sed -n 's/.*ckaid: *//p')
    "$lab_libreswan/showhostkey" --nssdir "$database" --left --ckaid "$ckaid" 2>/dev/null | sed -n 's/.*=0s//p' >"$lab/keys/$1.rfc3110"
    [ -s "$lab/keys/$1.rfc3110" ] || { echo "lab: libreswan at $1 shows no key" >&2; return 1; }
    lab_public_from_rfc3110 "$1"
}
lab_libreswan_database() { [ -d "$lab/$1/nss" ] || { mkdir -p "$lab/$1/nss"; certutil -N -d "sql:$lab/$1/nss" --empty-password; }; }
lab_libreswan_import() {
    openssl pkcs12 -export -inkey "$lab/keys/$1.key" -in "$lab/keys/$1.pem" -name "$1" -passout pass: -out "$lab/keys/$1.p12"
    pk12util -i "$lab/keys/$1.p12" -d "sql:$lab/$1/nss" -W "" >/dev/null
}
# The lines of libreswan's conn: pasted keys, or certificates from its database.
lab_libreswan_keys() {
    local here=$1 there authority; there=$(lab_other "$here")
    echo "	authby=rsasig"
    if [ "$auth" = rsa ]; then
        echo "	leftrsasigkey=0s$(cat "$lab/keys/$here.rfc3110")"
        echo "	rightrsasigkey=0s$(cat "$lab/keys/$there.rfc3110")"
        return
    fi
    lab_libreswan_import "$here"
    for authority in root middle; do
        certutil -A -d "sql:$lab/$here/nss" -n $authority -t "$([ $authority = root ] && echo CT,, || echo ,,)" -i "$lab/keys/$authority.pem"
    done
    echo "	leftcert=$here"
    echo "	leftid=%fromcert"
    echo "	leftsendcert=always"
    echo "	rightid=\"C=DE, O=Laboratory, CN=$there\""
}
