import Crypto

/// The messages that strongSwan sent when we were responder, and the keys that it installed.
public func recordingsAsResponder() -> [IKERecording] {
    [
        IKERecording(
            suite: IKESuite(.aesCBC128, .sha1, .modp2048), esp: ESPSuite(.aesGCM128), pfs: .modp2048,
            messages: [
                (
                    500,
                    """
                    4c5dadf7fdd0856400000000000000000110020000000000000000b40d00003800000001000000010000002c01010001
                    000000240101000080010007800e0080800200028004000e80030001800b0001800c3de00d00000c09002689dfd6b712
                    0d000014afcad71368a1f1c96b8696fc775701000d0000184048b7d56ebce88525e7de7f00d6c2d3800000000d000014
                    4a131c81070358455c5728f20e95452f0000001490cb80913ebb696e086381b5ec427b1f
                    """
                ),
                (
                    500,
                    """
                    4c5dadf7fdd0856473ace5b8617fcc4b0410020000000000000001740a0001040bdd9ce6d2b2f079f908772a78e7dc64
                    247667d0a1d8d7e302ed2a0a19154a334de8da3eb325a73a24aa59abf6a2a544268c72b1c55add5673603086f30d5e86
                    f3851a43fdfe00e91c2029d10e5a4879b266dadd583576f70c0eef61fff24cfdf786d3a5c330619bd236bfd201272e03
                    90c826b46c33accac51ba25a1281e2f4022ee39a4d43a204ada23c2b44fe185490224d0a2f278c2503c7aca68028e76c
                    bdf7aa928a2f2a38053bb275bccf1c7b789cf16c8d9f7c6269f50406d65c4d66735f6bef1e9328412628c9a2ebdd4808
                    be4a546b79a5cf0a8c77303ad2eec27e1f5d8a61ba0f7cf4cdc6b0667047aaf04e4f44cb163849fb12a758f4a367747c
                    14000024e6d880b45e6a7dcbc7dfe986ecd2bb6c3c7717bb601b941e67de1cc01150c2381400001879c263793d4a321e
                    656294900b99fba199efa6870000001861494ecc8f79c5c034caaf45600cc0527bbc3868
                    """
                ),
                (
                    4500,
                    """
                    4c5dadf7fdd0856473ace5b8617fcc4b05100201000000000000004cdb9152ffd29be2e67c9a844dbb43d7ed9032a20f
                    3f352f0c6d81edfc648f805e1476c512f6215d2657f4defadf2597cc
                    """
                ),
                (
                    4500,
                    """
                    4c5dadf7fdd0856473ace5b8617fcc4b081020019a3b5ab5000001bc0d1da7eb3e62798903f4988ab41c37889094c3be
                    2bfc42b59969948a55efcf8d3e631a15917c280dc377b79d653807551eca84bd3ad1e2f304a2806138efe58a3f57ede7
                    1c66c64ddeb338a629e52c4ef33c7ce084d68d5dfacf472b47de4e545c4bb2d4ba6bd473cb0793c9a57758371566b80d
                    565fdf89bd092451db9306208f69ac72ba385ae44f308ad6f2a8fd56ee5b1a6b95db6c9349d2673ac122e40f36137550
                    8b83dc5612a03bbc7ec51e3c518773d1a24d021e6a5151cd016e91b066a5ea41f425d7dec66488e7255ed87d6f052c7f
                    f44774ff4c4d91c6105c417cddc451f7f7f3f989ea3519bdcebd7a1901269e061fd2cdcfb561dfc74650a147eeeab04f
                    53c5a962a6183e59046daaf1f29d7a15b585ac2de216d2ccb7d7f24c94dea4453bc567f7d91eae80b1cf63b15b8fab24
                    1ed18a5b363fd48ffd9215371877cf8d825e8ae19e6b6c9e0e6aec64d086259bae17fbe056b66d351dee1481bdc4ad3e
                    02ba7f05025d827892af80f4257d87c97ff0ca6200a954be88222d7d4a42593046dd3a3e146f7034cfd111dcd673a238
                    a58eef5e990f023e0500f68f
                    """
                ),
                (
                    4500,
                    """
                    4c5dadf7fdd0856473ace5b8617fcc4b081020019a3b5ab50000003c0f67c88df5659d4d43cd7bc7bcfa6744e67ca512
                    6bbbf311fad76fd8a472603c
                    """
                ),
            ],
            initiatorCipherKey: "6088ca10b0a895e2471d8e65c947db5048c0bc86",
            responderCipherKey: "5ec7ae8e9093aa9506844079344e197430910b92",
            initiatorIntegrityKey: "",
            responderIntegrityKey: ""),
        IKERecording(
            suite: IKESuite(.aesCBC256, .sha256, .modp3072), esp: ESPSuite(.aesGCM256), pfs: nil,
            messages: [
                (
                    500,
                    """
                    30e9ee996d0e63dc00000000000000000110020000000000000000b40d00003800000001000000010000002c01010001
                    000000240101000080010007800e0100800200048004000f80030001800b0001800c3de00d00000c09002689dfd6b712
                    0d000014afcad71368a1f1c96b8696fc775701000d0000184048b7d56ebce88525e7de7f00d6c2d3800000000d000014
                    4a131c81070358455c5728f20e95452f0000001490cb80913ebb696e086381b5ec427b1f
                    """
                ),
                (
                    500,
                    """
                    30e9ee996d0e63dc73ace5b8617fcc4b04100200000000000000020c0a0001845a1a217c1d10d50307682454b522a0ff
                    213bfefc10cf6333af8c3c135cee1c0b08faedf3769730c9332c1ce7089167909ee461c06b5bb53a061dea0fd14c1559
                    8ef4cc4618cb1070dc481dfe3632c8be6f73eab3e0135a4be1224062fb4599904d35cb8c75dff0f06bd402e567204ba9
                    8fe6444a2beecb05fabe1bcfb0dbef4a9570c6b81b9da40e14c83840fd7681414941b01ea367dc08db52dfe1c184a9d0
                    3744da4f358ea32eb57bd1fc41dd30ba1c8a25d0f37f1aa43d21e9fbf30da8b01d846cadcfc4e3c01c80956d33c022e9
                    ea937e1684e9afcb2113eae91c569f7ff5c2aaba0cb2719eee0dcd63cb2d8e236350a1be81a4e661b77969f99204a8c3
                    acb12bfefc61b3505975a9e74b30b7dba43ae9c0d98de33d86db8a82838531e2f0c12284601468b34c346da076e7b9ea
                    7b742a5017d6a80cc01808510754c56117fc2a282cbcb974485048bda781e1d5638dd22c96cc7d0837c47592029ff37b
                    eac51c129cbd4a9e2629be251acc44219dcb968c6e844e35629174b78d177c7214000024c8d0d0a858e7a6a98548e1e0
                    685b359fae4a12b0042521bc4d47ba7bd0f7f0f314000024a6b5bf0ba02ee50887ed704dbb0ee8d744f44f375f34ac5c
                    d951e2c151506d41000000247e0475e6e49f21b9121098dfdde7e4bb90b3adba4b4b02a334621c1e3430538d
                    """
                ),
                (
                    4500,
                    """
                    30e9ee996d0e63dc73ace5b8617fcc4b05100201000000000000005c6d0dd3709e12458f34d997c89e8e4cfc3ae8e18c
                    868db1b76d4bcccb57eb86b73cdf703f763411f6c7be65126ca9af6a5469ce45b2434a3ddffcd7c075241856
                    """
                ),
                (
                    4500,
                    """
                    30e9ee996d0e63dc73ace5b8617fcc4b08102001a81b79ea000000bcd61579a2d78dade4b21c0a75d8fff3a852da483c
                    3fb051ae385d9defc6c0864038ac7f006f4dbaaa714e14d3d7c271224b6487c16c2b7ab3092408462ef089de9e87dd04
                    b2646d0bb19b7c3fa87753278813a49351f61c84c0bbb67ebb3662c9f08f319e7642d52e47765ceec3499ceca49415ba
                    6bea842900d44a25f70b7ed74ed5a3ca7c64c0415a927db76e5a46572f446baab68b905a9dd2d1bcebc37fd8
                    """
                ),
                (
                    4500,
                    """
                    30e9ee996d0e63dc73ace5b8617fcc4b08102001a81b79ea0000004c2fdbe8c495da45da99a5fce861d78adf220f531e
                    3af362949c1cb44a36b4890987cba76aecda38714cd7d2877dde73fc
                    """
                ),
            ],
            initiatorCipherKey: "c968e6e64800884422001b62ff7f5b53db423237f47b8c9205d7caa755ff0abe2e736168",
            responderCipherKey: "711d7b91131c3f8926af8324a457b9c652aa807adb3e001942cccf4196db8d337b1e6e7c",
            initiatorIntegrityKey: "",
            responderIntegrityKey: ""),
        IKERecording(
            suite: IKESuite(.aesCBC192, .sha384, .ecp384), esp: ESPSuite(.aesCBC256, .hmacSHA256_128), pfs: .ecp384,
            messages: [
                (
                    500,
                    """
                    7758f7c73ae9843400000000000000000110020000000000000000b40d00003800000001000000010000002c01010001
                    000000240101000080010007800e00c0800200058004001480030001800b0001800c3de00d00000c09002689dfd6b712
                    0d000014afcad71368a1f1c96b8696fc775701000d0000184048b7d56ebce88525e7de7f00d6c2d3800000000d000014
                    4a131c81070358455c5728f20e95452f0000001490cb80913ebb696e086381b5ec427b1f
                    """
                ),
                (
                    500,
                    """
                    7758f7c73ae9843473ace5b8617fcc4b04100200000000000000010c0a0000648dd42e80d8e6fe0169d1c5802ed23bce
                    764651eeb06d444d83c29c15fafe9c4feb51eea520f5beedfa58f1588bbb1606a55fa5a40c3491fbba19231374d84e40
                    552becb637ea76d56e2608fc25667f3685272ccc116218e1a3dc82ce06205c2d140000249bf1ac8231bf088d4c601c37
                    a81ee5f217f94dea7c79ee5af8bbc19433ecd9d3140000346b13ff5747624cd50f66903dd90ea9b821378ecbfe5388bb
                    ad9109d4cc12faa67bc2eae1a9ffab06e650ba8c538bf0a500000034f8b3d2b655e350f50e7b0d73e4fad5a1cbdf7009
                    cbede4b8022a65ec88ee2b61920e05a6ff095e289c08282aa3d77b94
                    """
                ),
                (
                    4500,
                    """
                    7758f7c73ae9843473ace5b8617fcc4b05100201000000000000006c75b6d7afabc3fccbbdc30ca02ae197836e82e2ce
                    095c800b4c9986d525148361ffb734eba34d87097805a140795702016f9dd01e2ec33d77a542852b9f97e717ce372169
                    a202865b1eba848a5ba48f4e
                    """
                ),
                (
                    4500,
                    """
                    7758f7c73ae9843473ace5b8617fcc4b0810200164560bc60000013c1da1f7330f632e2223e6427b421c34009fb50bb8
                    a30f482345b854f82ebfde1d921a04e74303846555dec31c1b3ed8157dbcf435baef8023caa5eeae1ba2b30ce7f5b445
                    537ed26e3a2999c463bcec90551abfc2d448690ddb45beb8f5a326f8a807ae20654d7023d65622a07b0fb7c62733a296
                    43692c416a5410cc54de02964b0402376e681bbf2cf96d1e4d37e8d4a8251a82870e221304e93e64f8b5890eb87dd105
                    64f7bfbdb226b88bb406a4ebf65f51e56518ac278ca05dc36fa63ca667246662ffae8f4001cd14bb312313173c5b4ea3
                    58b30871cbc6e5ecaa92fc9767bfb160afe6556a10604d57066ad4fcda72ca922d215d180f31f423832abc48e3ede32a
                    c48867302e39965967088242c4240c75fcb109526b8ca5dbe8d75778
                    """
                ),
                (
                    4500,
                    """
                    7758f7c73ae9843473ace5b8617fcc4b0810200164560bc60000005c8e4a538802dedddb755306a5a8753eb27158481f
                    7c5a5dbc43fb7412818522fbab97794f1e49cf0b5523d084739fee027a07505fadd6ef95e1f691b3dfec6624
                    """
                ),
            ],
            initiatorCipherKey: "ca605261b655b3081ef2678a01f95f558877204acb8fc0b259a657fe500b1ed6",
            responderCipherKey: "79ffa77a51dcbafd74af9ddfeaa671be9534403e7ef2dc1dfca789e791aa526e",
            initiatorIntegrityKey: "01ed1a6d90ccde64da0817d55f0d3320c77ad5023e155ca124a79c01fa0ec947",
            responderIntegrityKey: "f5cdc9497a5763ea219c708223a26e36b636f303511f5a2fdb9166235c808ce9"),
        IKERecording(
            suite: IKESuite(.aesCBC256, .sha512, .curve25519), esp: ESPSuite(.aesCBC128, .hmacSHA1_96), pfs: .curve25519,
            messages: [
                (
                    500,
                    """
                    a052d501a235797300000000000000000110020000000000000000b40d00003800000001000000010000002c01010001
                    000000240101000080010007800e0100800200068004001f80030001800b0001800c3de00d00000c09002689dfd6b712
                    0d000014afcad71368a1f1c96b8696fc775701000d0000184048b7d56ebce88525e7de7f00d6c2d3800000000d000014
                    4a131c81070358455c5728f20e95452f0000001490cb80913ebb696e086381b5ec427b1f
                    """
                ),
                (
                    500,
                    """
                    a052d501a235797373ace5b8617fcc4b0410020000000000000000ec0a0000242b398c226476f00bf782114d9964af24
                    84dd0bf855634fb2424e4f6aa66de6351400002446c66f252ff3de3c5a0aecea468f692635723de0edf882e95ca0fc4f
                    fb8b78fd140000449ef236ed540daf71d3d33d935b08242c5a69474249ff3bc882f682b20540c6fb8ff8b19814735570
                    fa1c1b5af5dfaf887805abff6fd2a31b3b10a7be3b9ba6bf0000004473e776e5fa3613f39f494bff717d754676216452
                    e33678c8cdef672d68e00ac92e05dc626fbb9396b50784dda04a8b3c5e10d52ebcd0b564ae7c696f409fc09a
                    """
                ),
                (
                    4500,
                    """
                    a052d501a235797373ace5b8617fcc4b05100201000000000000007c3c7bf4ad6ce9bb42320f44a3809c7468dee475be
                    0d295fd086b0c30f7c69eed440ca17482726ef0ff6e40bf52c76ca15f524f3a0edd81eb830fa88cbdb8bdfca69965999
                    d8d92ef7585471a46dc5e735afa6a5b2d697a2108665a399f493817b
                    """
                ),
                (
                    4500,
                    """
                    a052d501a235797373ace5b8617fcc4b08102001cbbf42540000010c8442118a85ea9c26c722f43e27956a6527e3b3ac
                    3873ffe1641f1bd94c8e6086b748fa1584a64f61e335047778f8c7683a6b1fab6d3c6a5aa39e7fbcd41b5a10b4d3acae
                    0c5b7e98551b996ad8b4cc1e5a3e5b08d9019dd37e65a072a95e6d697c3a47b6182396d9065c71d306e58c3b1dc7639b
                    382aff27fb08dc4a0660602287bef7708116d165a8a4c4c0f1d3913ec32b46bf9b5673db75e1ee2cbcacd7b6c5e0249a
                    bd5cb160226b000eda2ee4a80687b43850b104c029397b4c0b44e4fee5b76aa233b7b8305fb17ed71ff8a0c984c22d6c
                    2278881ccaad921be18b7bf53c0e44c1e6e442828061a21737fc3831
                    """
                ),
                (
                    4500,
                    """
                    a052d501a235797373ace5b8617fcc4b08102001cbbf42540000006c8c8673946bc5bb855074b4a4f71b45b4332bbd3a
                    32165054ddf21b78d7ac11f847389a310dcf9c77d127bf898e74a2287117e1717de0d048060502f672624244f38f9c18
                    eef5da5c4768034b8d13ff4c
                    """
                ),
            ],
            initiatorCipherKey: "b4acbd9b942225f278ca113131f0a02a",
            responderCipherKey: "f9ff99e27694a8181fe696d32f68720c",
            initiatorIntegrityKey: "92d335c72ef45482124653ea77f5ef73733552f0",
            responderIntegrityKey: "7720609c5d70ecbdc67f9a04de086ad5edbcff76"),
        IKERecording(
            suite: IKESuite(.aesCBC128, .sha256, .ecp256), esp: ESPSuite(.aesCBC256, .hmacSHA512_256), pfs: .ecp256,
            messages: [
                (
                    500,
                    """
                    af4e4477627f9b5000000000000000000110020000000000000000b40d00003800000001000000010000002c01010001
                    000000240101000080010007800e0080800200048004001380030001800b0001800c3de00d00000c09002689dfd6b712
                    0d000014afcad71368a1f1c96b8696fc775701000d0000184048b7d56ebce88525e7de7f00d6c2d3800000000d000014
                    4a131c81070358455c5728f20e95452f0000001490cb80913ebb696e086381b5ec427b1f
                    """
                ),
                (
                    500,
                    """
                    af4e4477627f9b5073ace5b8617fcc4b0410020000000000000000cc0a0000449563694142e508fef57f49f797dac07f
                    309697f2288f0bb0145e4536e1d91a85c23ac0e74adbf3b2642f0808378d8e0eed2352c6b511f5d7e0a8ad3b03c56f72
                    14000024fff3ac53c4869d7a63528fa9eeb9546703091a4f43c42afd7a877f53092eee73140000247b5e38310ee623b1
                    039d9e1a2bdf0b5f67438dea60177500b5b02caa4572b50f00000024288d4fcaa60f2a0d235404d1122929e1f76f9c6c
                    9b47b0b436035f8fb08ea9b0
                    """
                ),
                (
                    4500,
                    """
                    af4e4477627f9b5073ace5b8617fcc4b05100201000000000000005cc31d4a39a9f9d4c86df7ffaee2c2932b2faa6081
                    53b29dfa11d8c4ec977c77aea1a202e115a6ff1c86770b2ce305ac4eb096650311d3e97f2951fb67df631a03
                    """
                ),
                (
                    4500,
                    """
                    af4e4477627f9b5073ace5b8617fcc4b081020011f205e8e0000010cd2c3d828d81dd14c06cbed2a398a41ed571b8e38
                    19fecd97e6f39498220112f63d0d5a00be7b9f7fe0f8786817c13b16baea89dbcfe60df8546a0d141a6e558ff712d5c4
                    1cbcce443f0984282230fb2c723d34fa3731848ae5181adaec2c1493d678a3ce7dc246237658fc97aff6061a986a8222
                    74bf30b0da7e7e53f9995b91f5aba0b4e27ca8cd0179f35b9a298dc032755a9db368fb9bc4adc7446eaac224d2b805a9
                    b18d6ec301dbaec786435ad8c384042a0a0b8645ec910a05b6e3daab15846954edaabf05f3daa54197c5502e3e132d33
                    217563bfc5da1b66eec6ba32ce01436832eddf9d2ca303d43b3a4563
                    """
                ),
                (
                    4500,
                    """
                    af4e4477627f9b5073ace5b8617fcc4b081020011f205e8e0000004c2b8838b0af0fbf7388e549f51f5890e9aebc087d
                    8e53eb4411e862873deb5a3e0e5773d15f2992ed420cc729be7aa27b
                    """
                ),
            ],
            initiatorCipherKey: "1933875ab5880425dd4a18e636b5bf35c50d6719da446d29583a8b2b8b397aa2",
            responderCipherKey: "e99b1abf3f0021131a7e3f5fa4aa233b1c2d38988d20840b6207fa6e9405f002",
            initiatorIntegrityKey: """
                c135b6120e4aa0b5c1e9081e81b228c599dc504a95e797391845d1303f36ee2aa479bf42f2217b76708e4922455f41bb0491
                5fc3db096fc20e52f7e270fb2323
                """,
            responderIntegrityKey: """
                adf7bd86e9018055528b7ee626118e690f55524aeb046a9d1c9777ffb4e441347596bb636845e12f433972a9c8b155c58fd1
                74f63fd4fa067b9a9dd1b73d8652
                """),
        IKERecording(
            suite: IKESuite(.tripleDESCBC, .md5, .modp1536), esp: ESPSuite(.tripleDESCBC, .hmacMD5_96), pfs: .modp1536,
            messages: [
                (
                    500,
                    """
                    23a419ab83addff400000000000000000110020000000000000000b00d00003400000001000000010000002801010001
                    000000200101000080010005800200018004000580030001800b0001800c3de00d00000c09002689dfd6b7120d000014
                    afcad71368a1f1c96b8696fc775701000d0000184048b7d56ebce88525e7de7f00d6c2d3800000000d0000144a131c81
                    070358455c5728f20e95452f0000001490cb80913ebb696e086381b5ec427b1f
                    """
                ),
                (
                    500,
                    """
                    23a419ab83addff473ace5b8617fcc4b04100200000000000000012c0a0000c4e4f55818ffb264974962cc3a52e28bff
                    d3190f0f7e008b474089f7f7d41700385fb23a1d6e15ca563a0e905bce6efc54411ff42064fecbb447943a771b64b8ea
                    e2a092236c7835f2b9ccbf8d86c9a73f31922a438917111584c9d3045b3b70a95c4b721c56f9f4452f772def40db1a67
                    3d82ebf17e683161aa7b550a4ffc5050b8cb697d21ce9d9125d66c50c3aad9cb668659ca5b92b78b9129ca5761bd40b4
                    24ac567e7d75eef59dc8342fd26f04de878c7eaa57eae065789f0fa22a93a889140000246f30a68b5153e3782e068fe0
                    679af0436da540b6641d3d1b8df0aa2d914d45be14000014fe4f7f9357ad72dcaa3ea1e0ba076a9100000014e86142d4
                    fb2f736c9f3b3dbb47db6b7e
                    """
                ),
                (
                    4500,
                    """
                    23a419ab83addff473ace5b8617fcc4b051002010000000000000044656fc87276f186c7fdc531fdc87e3509c48838bc
                    8a23128cf7da3eb95c0616ee7abcdd096eb3c86c
                    """
                ),
                (
                    4500,
                    """
                    23a419ab83addff473ace5b8617fcc4b0810200125ae3aad00000174a04197ab018600be37f75233b2c268535a926fc1
                    c6d964bd63fd5f8f2b7cda891468c6b94ee4ab0973140e489f6c059eb1633efdc75165fabdae2807cd4e59fc8e44d914
                    95d0bfb2976c5077b3b5e688e6b028f59807700c8b5810bc742dcc5f78f83104c9767d1630015acbf44d6f06a864c8c0
                    dacb2713d25fa7827b018d5fcfd11d90f3518deb1ae16c051da55775ff36db4581b5b53f59401e58d1fbd9dfd4acb98b
                    30a1e0a762cb10c485769ae23d2e03aad7a0ba5a6c87d29545dbb86caf71c573e805dafa61020d2aabd7d6ac7448f4fe
                    b90049c92413ba8748a30dccbeb95c5683544991dbc7f3d0db3694816db29cc78aa82eb087467c89611e59c3883d864c
                    9b67f0578b120f562e8bb21576277c1b95f30ef99b94df018a53b84159d62926cabd01f8bb380d49b9ecded10690b5e9
                    aecac84a89c6c74c797ec6f9b02b41c79c047aa51e69d190a6d7fd6f5c79fe98731db903
                    """
                ),
                (
                    4500,
                    """
                    23a419ab83addff473ace5b8617fcc4b0810200125ae3aad00000034977a1f8ac714853c188909f7fbb4c4c9c55e17f9
                    a998ecc3
                    """
                ),
            ],
            initiatorCipherKey: "44d3433c2f643ec061bbe39bb27f369c2e1af52cf9164e3a",
            responderCipherKey: "a532ff0c26b25c72267f9918476bfeb7d3ed7d12d8539174",
            initiatorIntegrityKey: "bbb3459ab8f91c6b40c37cdb1e9dad59",
            responderIntegrityKey: "2d87a8a574d57cdbf4663528ab7d99e7"),
    ]
}
