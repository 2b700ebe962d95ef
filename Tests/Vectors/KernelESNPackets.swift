import Crypto

/// As `kernelESPVectors`, with extended sequence numbers: of each SA the last packet before 2^32 and the first one after it.
let kernelESNPackets = [
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA256_128, usesESN: true), count: 10,
        esp: """
            00000200ffffffff0208790d0aa28064326306acaf92838d64ff258a89b0be9a07b097e511b9c095267ed38992737c3e5f166bdf
            4fd52d87bb40917e10ae8d27f5ba8ea9a2be473479cd23d1685b0b694a6b56d19761d8b7
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA256_128, usesESN: true), count: 10,
        esp: """
            00000200000000000cebd6da3548d2df601dcd50f41a80e40479b5b5f9734632855df1597f4e84b7be2c796fd8b59df0b24cb265
            5fcb4587b91ffdffd0375c1295665f055d557a8680b621003e6223636d9097b3f64c7d07
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA512_256, usesESN: true), count: 11,
        esp: """
            00000201ffffffff181f986ce4d8b1bbf8b3f694a89171c83febb3b6ee52ad33d3626c90aed75db7d586a05043c327679b27ed0c
            71f7e34f751ba66c57a795b1439e2e5658c093d037747fa9fd283f3fc995719739129a3c289c08a03e4d821ef6f9863190690443
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA512_256, usesESN: true), count: 11,
        esp: """
            000002010000000080854c4d227aec90ba457ac3215d5dd0867576875d450e20923d97b327ef413ed14a0990dac978d52e01a221
            4c9e0d41f328af32b85445f9619e870dc47fe24b3ca7593fdd8751e39db56d629e97837d033142ada28ec813c87c9326bb7087ad
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA1_96, usesESN: true), count: 12,
        esp: """
            00000202ffffffffcf966327747a3a05f0fac2e6cc90ea0fd9daea7b2e95c6cd85349f8cec038d6f31252140d13305affc3bdf9e
            be59ba4379d1dd4a984b838c9d7c4035d9c6ebfe4f55c8fd13b8ebad7848b9fa
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA1_96, usesESN: true), count: 12,
        esp: """
            00000202000000002522591d689e6d49b111fb3bb1c32f440929e7b36790da339e8a5aee749d4e8a084eb1940acb2d15bbf6d88a
            c18fdf3a06edf2e0b3351be3b7edd75e2567bd1326d82851d329c5997cb358fa
            """),
    KernelPacket(
        ESPSuite(.tripleDESCBC, .hmacMD5_96, usesESN: true), count: 13,
        esp: """
            00000203ffffffff65d35e624474177e3eb9e00923cb5ffde509c2056db8f76dd1f0cb148760bce9a4980caf6d3329f4cdc0726e
            d779239fc02cefbfb87dfaf458e6332be2596318e3c5b2a9
            """),
    KernelPacket(
        ESPSuite(.tripleDESCBC, .hmacMD5_96, usesESN: true), count: 13,
        esp: """
            00000203000000009e22c487756e4cf92b786a6c2302f3bd4ee216aa7f3ffd065df2524cb4321d856548ea437783ede549ff2afc
            89ddc74f8f05644805ef7c02b02546de6a9cd11bc1f86932
            """),
    KernelPacket(
        ESPSuite(.aesGCM128, usesESN: true), count: 14,
        esp: """
            00000204ffffffff064b7faf4123cd43ec905b6862dc18e3d5240e2db81b37db3230fbb03bcaf820ede367788cc6bc309d37aace
            7a30becb818feafbe9ec02e2f11f80b0fbe480aafab6553d
            """),
    KernelPacket(
        ESPSuite(.aesGCM128, usesESN: true), count: 14,
        esp: """
            0000020400000000064b7faebedc32bc39271dca7972cf6311357bfc43729df7018f5fd68d5d063dcf2321841c4b5f59f0d415e0
            94fda2348dd08edaffa3220f078f6f98d3deb8973540616e
            """),
    KernelPacket(
        ESPSuite(.aesGCM256, usesESN: true), count: 15,
        esp: """
            00000205ffffffffed9e399f2ae955a4d1cebd78022bc8d5a5be91d4c8ed642c5e483729e9cee6b7f5fa85d9e0f2c80560f75422
            0692b5bec7bbc320aff217149d32aea3242599d4541eaf746a248e24
            """),
    KernelPacket(
        ESPSuite(.aesGCM256, usesESN: true), count: 15,
        esp: """
            0000020500000000ed9e399ed516aa5b289c15459c1398dce38b6787fbdd6a60ccdca3ea818364a364e01c9d6e11629b56e855ce
            5f05e669b90536b699025ca1cbd6cca7d81569c777e8c4e5d25bea8b
            """),
]
