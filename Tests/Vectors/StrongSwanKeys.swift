import Crypto

// Written by strongSwan 5.9.8: the log of its charon (loglevel 4) of exchanges with pre-shared keys.

/// One Main Mode's inputs, and the keys that another implementation derived from them.
struct IKEKeyVector {
    var cipher: Cipher
    var hash: Hash
    var initiatorCookie: UInt64
    var responderCookie: UInt64
    var initiatorNonce: String
    var responderNonce: String
    var initiatorPublic: String
    var responderPublic: String
    /// SAi_b.
    var offer: String
    var shared: String
    var skeyid: String
    var derivation: String
    var authentication: String
    var encryption: String
    var cipherKey: String
    var iv: String
    var hashI: String
    var hashR: String
}

let strongSwanSecret = "a shared secret only for tests"
/// ID_IPV4_ADDR 192.0.2.1 and 192.0.2.2.
let strongSwanInitiatorID = "01000000c0000201"
let strongSwanResponderID = "01000000c0000202"

func strongSwanKeyVectors() -> [IKEKeyVector] {
    [
        // aes128-sha1-modp2048
        IKEKeyVector(
            cipher: .aesCBC128,
            hash: .sha1,
            initiatorCookie: 0x73ac_e5b8_617f_cc4b,
            responderCookie: 0x9323_6f23_050b_2fab,
            initiatorNonce: "8f9861843d2b08d7b02b9fe2d6cd842e19a2eb33fec51f7a5dcbc127638e3960",
            responderNonce: "1027fda502b416a93caf509baca5391399854556847e8ba2c27558389f9903d9",
            initiatorPublic: """
                203d88c9390abe6fe7ec862977a878602b07796c3bd1793fb8876fbc2c9e966b8393053fec4deafe56fe1422fc22d80dca8d
                5619b312dd14c23518e6872a5b7cbccd7497b4595a9a4db673bc5f60cfc95ab50d8448ffa8fc82e1774b50ec718aeb3cf496
                9d71fee94b72266f2900528b8827eb3b5dd9b3fc6a2176b24238ce1cdcbda37290dd0dd7502cbaf7f33fd3a4fcd66bb64b30
                746465006159ede76ae818a319141467e8e6cd50d3954b9d49e9cebc2caabc17abeab843cf5a1e54fa86ad2a9873a8b578f5
                8de88fec17046111a0dc31de509afa8ab3e4fa7e06523316890e67049f303c66b601b34d8564142e476b3baa5d07528ce0b9
                f048695f28c6
                """,
            responderPublic: """
                84cc5e08555a745b21000cf47e29c85e2bf648e458711a9d8059987056b2430c3d2bf82fe0145d56f99008db3d1bb54b3ab1
                52164e3abbf680cc3723baad43d19a58b58121ca49f1aaa8ddaad15473c9f9d49e55b4c42e5dd47e270283f425c0f46594a4
                f2434dc4d5fe77caf70ac3402a7de26e594feca4be04071d84894cc10d538614341ee70597cae4a1fc96fa8ab2c2d4b42b50
                df373c723c3c941df2a7a6093388033e5c870cc2a35b7666b424fa146a1fd2bbc2eec4ef5e0ea0eeeeacc3dbaf37d7d7bedc
                286732689e9ee800388336893dcd90781d242b849788c9f46fe5dec4f2021dc238e1204a028b4fd0ff408dabe94d666eeb23
                574f60b7d77a
                """,
            offer: """
                00000001000000010000002c01010001000000240101000080010007800e0080800200028004000e80030001800b0001800c
                0e10
                """,
            shared: """
                020b08037807b959bcd407b11840a36f7e672481f4f8590d7d1b90c8e541a01d52d286db4eadbe9ce85df901d7973f055330
                a1dfe1ede9f883d093fe07c51e916873f1be3472f87379284c882fbb7adf2c637a46a74d73cad4d5e70a4de39fde56487164
                59555f883ae80c5beed52f8202abb8ebefe88ddf38ffe4d7f84f24d9d17ba0df39e82b2c96e53cff220515ba61976f49b688
                8346a33d40639a75b9d2b2cd0a724245dc140e73bc99a72c969f6ecef7b5486c04a23a2cde1478ddd97fd99bd35ddf0c9e7c
                1f7d9728d48e5efe61443b4a3f3ddb1627a1c6bcab64a1cdb19711ef6d59ac8160504c553f0253f2bf5f797813522a0998c2
                9cae0de23a99
                """,
            skeyid: "bfb27640af391c2d0cc2a9ae50136ffe5dca15c3",
            derivation: "76f3323c3db06ec4eb7b68c802d80c2e4fdde7a5",
            authentication: "0af2254d9ee9de888be49bbdc75b8f9e063154b3",
            encryption: "b87bdde51fdda4b7f384e53e8c82273208c2b0d7",
            cipherKey: "b87bdde51fdda4b7f384e53e8c822732",
            iv: "98d7cedda96ce1fc68dfc6afbd2f7a29",
            hashI: "2ad9dfceef202a1520489e019d21ed950c9cf470",
            hashR: "ad578e82be572c720079c5187666cd447d1a2f11"),
        // aes256-sha256-modp3072
        IKEKeyVector(
            cipher: .aesCBC256,
            hash: .sha256,
            initiatorCookie: 0x73ac_e5b8_617f_cc4b,
            responderCookie: 0x6f43_cb03_7700_3bde,
            initiatorNonce: "8f9861843d2b08d7b02b9fe2d6cd842e19a2eb33fec51f7a5dcbc127638e3960",
            responderNonce: "a4b953972c64e9b51f71549839451e99672cbaac10ec28137df3073f05bfdd6c",
            initiatorPublic: """
                ea7ccd26ff2e4241429878f5e3cfea9a682ed4737000b0b64377fc4825f17a5f80099f8502ff2cb4849055b5b35a169daf0f
                46d7e5965e2cbb60b7a54149f48534d33c936e475e277e6cd97254d9a5644cefac4eb77e460eed2af9bcda60663403ed39d1
                b182a3d8ed1ed38cb0df6e5a969c29d4a23b29da0faecac4d2f4b75ae5e87b46d3fc69fe91fdde01a1b1ac56bcd5b1323c0b
                f9e91b0ddb391aa943cff7b008fadd626edc4b23307594b68bc44db5455672619c810e90b4430326e83d1afe70529e3f828b
                811f942932b326d76d9539a47326b755d1db9dbcf3f58bff662d700ba1c5127149a5fd1d34bb4a7ae24960908ea3e5969d0b
                faf024f09b2c8a9e51384865f97dfc15b987beec935ab47c57766ba717b71333f6bba168683a7bbb92fd85768a58e8289d45
                7ade54511413617ea03fa56729155394c9bf13be5ff29739e4b656cf42d288a43adc9ed081e1b2df1d1a0aa5e63bd409fddf
                c4e65dd04989541d2977687b4c873b0e4d0e5e053f8bb27a08a2917879926b6bb81a
                """,
            responderPublic: """
                db303a86549be49442c4a4ef46f6a6550741e24c88a2e84d9c9adcfcf75ea35eea1616cb834914f19498e7c443fe5e2d4fab
                04986af030a48b70c28c95e45947d1adc368394cb0b4dbecf34bce9ea490a77a996866232981f795432211ef741b13bbb77d
                21075da21fc94cb6d94c3ac201f88623e575235c6bd96eb3b3f4f2231aec2bece24c50fe58a31e431ff4514800f4acf3e90d
                3ea2c01fd54b957306ada53e35a821109049da10e62152534a7d89d4781bd1899f22a38428f13082c8467e54999b4d846441
                3246c13d6792a299427013f17fea8b47c74e4ae461ccafde3e4b9a8ebede4fa1c7fc85dff46f69ff74c2abeb85c1f1c9aeca
                411269ba1f117623f93917b495bcfa4dab1398a3c66aee788b4b1f7529959482b9c89373a551c0c7325ad1cccc2f4a4da4e1
                c4b13f604afdb69e317d11c704ec051ca2fdd24eef77c91b3d4704bedffc1b049c9c844dc8bcede32773430e6600faa0083b
                795a6ceaf9e6158d8e52a0ea5c93cb3a67c13d16e1f96a577ca084c9cf847cef6c9b
                """,
            offer: """
                00000001000000010000002c01010001000000240101000080010007800e0100800200048004000f80030001800b0001800c
                0e10
                """,
            shared: """
                8a60d638d28491cab306cb5d20179b6a49c1aea7ed3813ced9eb8378c37121b6269cee834299726d575fd22110ab3e4d5aa1
                2d5185857314b5df59f9a91cdc656f0156460b68079fa9e181cbd462d0875452febd8e4c3cdcfadc4bf6e02a97766761180f
                8ee460156cf124bed808a718ceb1c1362a0eaaac212708a91c8c501242728c0cc3b1e236a0f87696d3e76e643df2ec55e2ec
                8e6fb7738f074a9ccee756ef0abc86b1157e968a8442fa58401fafcfaca1a30baebd573904a40565da07d3ef340f74877f30
                8a54b8d35414292e3d4abf8549e4e09cc1785733d7725fcf269711b086169770c48a16e05035b99abe2d2e5474302c2cf96e
                e18ec1df61a88f48b2a8658dc5400c1bc3183b198e862dacabcdc86a44e594ad26a86246bd4a9be70dffdf51860497ba3456
                c237d2730b328d12c7bf50cc856d1a122f731bcc10f8435ed7d6ea2d1e73cbbdba941c1ac6e82c227614ef0fbe92212cfea0
                cbe030330367a3f521397e4bf9a952293708e70b238515251f986f94ecff32bf06ef
                """,
            skeyid: "26765dcc8e0896860ab31b013bfadc2070609c07377bbccc5929525109e8ef21",
            derivation: "5c03dc6599ca7595cf2e3629eab631ddda6a31239c066eae545a96250e315839",
            authentication: "928c23a8e20feb5b87361b60f871f36ee160a4ddb87860e6c2f3e6bd17b938da",
            encryption: "2ce882b97354d64e61949fb73d26a34569f48f2f73ce881daecfd5557c719ec8",
            cipherKey: "2ce882b97354d64e61949fb73d26a34569f48f2f73ce881daecfd5557c719ec8",
            iv: "a29de3b4b5ade5212232dabbe65e7ee5",
            hashI: "2c1f4df5c65422b5005181eab6b5ec9112ca868d161251337104401233ed1ed4",
            hashR: "9645e93e2dad4dd596de254b5cc0b650826fcce5e3ff47777d13f492384a00c3"),
        // aes192-sha384-ecp384
        IKEKeyVector(
            cipher: .aesCBC192,
            hash: .sha384,
            initiatorCookie: 0x73ac_e5b8_617f_cc4b,
            responderCookie: 0x635d_7b67_9fb6_fd76,
            initiatorNonce: "8f9861843d2b08d7b02b9fe2d6cd842e19a2eb33fec51f7a5dcbc127638e3960",
            responderNonce: "014b7e43e36aaa1cf64bfcbbd053ae4873583c5175f0062162b17d5e01f89651",
            initiatorPublic: """
                016dc1d80aeb85ee56bebc1322893a58c58c937379eda5fb980f4e9037127739666287b04c999f514067b6f87dca5325729c
                1b90d054cecc9839d02e5f0287d40cf298fa7f7fb2ae2b4fbd91dfb07dba6587fe427413e265e77060de01973a7d
                """,
            responderPublic: """
                57eeb0ff7f9f377ac343ac43e6072454c5a0bf54881715ecdb92f93bbf1678fe3a5d7a0a5dcbbb801e8c73de8e649f9c2c6e
                be648dcdc16d4aca36a7e73d38ff809092a123bb91b7b8915622be99af39af0e4a350c2ac8b72a2c6171e6201963
                """,
            offer: """
                00000001000000010000002c01010001000000240101000080010007800e00c0800200058004001480030001800b0001800c
                0e10
                """,
            shared: "41a323f39050645029a9c71bdf6f5bae130ea29cc6deaccedb33f8ff9d911f7b4f23838e6a97a43f12234836aaa91786",
            skeyid: "64b7c4291491923f1873e410de483de7d670b9426a9a21b6143d76261d70e6c7114844650e104c303a321c344701b5df",
            derivation: "aa5747155a4b9096808e9b4b2f073c9c9375123792ddbca83106c7fab1e78029ca186ec24f253e28736a7bbb565de915",
            authentication: "82f36d1754fe32d45dc385786c01616b811d648e5acbdfcdf258e97630a2ae9c83836f7058ea505e922d706917534dd5",
            encryption: "85726272f66aa5064894a5c0d7acdaab209a89e5508277a443eac28e0746ef99e8e3b9124a44f734f43bfbcbb6015de8",
            cipherKey: "85726272f66aa5064894a5c0d7acdaab209a89e5508277a4",
            iv: "38fb62385ec07610e1b00f9c41a05a69",
            hashI: "029cf0c1e39229c41d9a12548964cdd10fb5127f09ef475628ff510feb4c2b1c0d6e9a9835bad1c814c8723c34325d03",
            hashR: "d412e1df1fbe6719545ae6918e1557636f201a55107df49f503e01a2084fe092420850da69bd6bf9865ab671622678a1"),
        // aes256-sha512-curve25519
        IKEKeyVector(
            cipher: .aesCBC256,
            hash: .sha512,
            initiatorCookie: 0x73ac_e5b8_617f_cc4b,
            responderCookie: 0x477f_f074_86e1_f80e,
            initiatorNonce: "8f9861843d2b08d7b02b9fe2d6cd842e19a2eb33fec51f7a5dcbc127638e3960",
            responderNonce: "ef38de646b5fbc880d2a6a941b70bd72899750e9500ec7ddd3ee1ceea695c009",
            initiatorPublic: "6339a782f157f2e99c151e217b4867826272cd960165bc4615b8c1e4d4701145",
            responderPublic: "1ee1aa111d569c6c7a8505b1e2972196148b1581d0199ba11bd8576a9f2c9604",
            offer: """
                00000001000000010000002c01010001000000240101000080010007800e0100800200068004001f80030001800b0001800c
                0e10
                """,
            shared: "c1375e29f4d5acba8f239be120af43964659d1ec566e068e5b476a6cf7cc7162",
            skeyid: """
                55e14946c374b55fe4ad80d18a256ec914ba3cee6d4b133e7ccaa4aebe205a0f58495644fdf367bc07cc3efc6bd7d4da1cd5
                7f5c09273689bae0c018c1dcae7e
                """,
            derivation: """
                995f8c2f7c5c5008ddbc938e66426bef0f9a4712721b38d56dcd9edb3a5127b2043c3b4a600e537e0dd20123ed2f7f5a1a4a
                ae607092c631671f109a89e260bb
                """,
            authentication: """
                6839516c30837d9b4c5deabef549d4329849b873b926994ab89b8cf143446e625cf3e6ddf1a25b64008117fd1c740c1d6309
                77fdc36cbb2d2b760ea3673c6b13
                """,
            encryption: """
                d594be49cdb3c644d0f869feddf908464424b396fea9c8660dcb1c5cb03fa9c6fb6b04becd5f7d4eabdf7a3aa84112e21564
                969e0b83d69eb3182bf7af826747
                """,
            cipherKey: "d594be49cdb3c644d0f869feddf908464424b396fea9c8660dcb1c5cb03fa9c6",
            iv: "87c2f24328e96fb948de3f60b99c79f4",
            hashI: """
                da12d42129f23de97092d04ae9134eb390dd149b9e5b2a9e95b373a56377f6822a644906f71bd28557959cf16aea32f12356
                2fc683005ab0ab2c50192b783cba
                """,
            hashR: """
                bcb3727d0cebc193b3d0881cfc825ef78c91dd294ff545f4587d9dd354dc2e169405ab909d1b30ef5df139c258b1d2d15aff
                4e66934e22350d45f1681fd781a9
                """),
        // aes128-sha256-ecp256
        IKEKeyVector(
            cipher: .aesCBC128,
            hash: .sha256,
            initiatorCookie: 0x73ac_e5b8_617f_cc4b,
            responderCookie: 0xd86b_e202_47fe_16b6,
            initiatorNonce: "8f9861843d2b08d7b02b9fe2d6cd842e19a2eb33fec51f7a5dcbc127638e3960",
            responderNonce: "9166f5357030cc1a2a2faa9c8f98f74d52e40aa99fac11870669e44f48ff6273",
            initiatorPublic: """
                bf75e8d621771f58fa4bfff26ac18fa002ed1698175470e508db504a3c8f126d8fb891938d12bf4ebfabc4a600b860dcf104
                d422a8bf576457a18912fdc51e80
                """,
            responderPublic: """
                d7a8f2ce9a4e30562d55458e9c2aba649ff37d3adeaa3756c2c289ee2f2b6b0bb4b1e672c165616520c79a4e83b3546eeba1
                2930f05ba04662e0b857002da73a
                """,
            offer: """
                00000001000000010000002c01010001000000240101000080010007800e0080800200048004001380030001800b0001800c
                0e10
                """,
            shared: "a3b53df6fd89a0259ff1638cdc867d4f32a2c519e335f19e1de351c2900ba784",
            skeyid: "1ee835ac663bfff276a442a4f3f6b899e689b5e903671e8bce956827e662e98e",
            derivation: "28519d9dfd501dccb22bfbb01d901254de96c0ef72cba1103b97896020e4c34a",
            authentication: "11a3ef3cc7aa3a555b2386b211f335db52fdefef5e03bef6de9e57ebbf5deb97",
            encryption: "07e864eb23eba69ea976fdc2c9ccd254d6b54307fe5822d9506acc10cde2d473",
            cipherKey: "07e864eb23eba69ea976fdc2c9ccd254",
            iv: "c65b0e5eb68a51220075b09f62af2f90",
            hashI: "02b0fbb183c0efffe4c47bdd5508fb7c285d359da4cc633920419d173a112e96",
            hashR: "d2c0fe7d3d9822e5d18afb0e550a877fc9cba094cc6bb6add8706adab1c1272d"),
        // 3des-md5-modp1536
        IKEKeyVector(
            cipher: .tripleDESCBC,
            hash: .md5,
            initiatorCookie: 0x73ac_e5b8_617f_cc4b,
            responderCookie: 0x71d5_c66a_5259_bd35,
            initiatorNonce: "8f9861843d2b08d7b02b9fe2d6cd842e19a2eb33fec51f7a5dcbc127638e3960",
            responderNonce: "d937cbe84e185b8202c695398443b00cc254b14107c706acf61459d4d6f9436b",
            initiatorPublic: """
                ed6f125457ad0728f162745bba7db2299c36ff947c172158f2fee00a1acce4da78289bd3b3fba5a648dbb91ddd32763b037b
                d81ca69ce51373501f68d3d78fd1e37aedf8c8ebf17e608b8bdd65b3e96437827aa47618e987c1759f7601103c70efea15bd
                0709b7725322482b6a47f4e7bdbc843e7336df13e4074dd5cb44a105c4d917df3b992dbddf1834f1c8baf0a71353dc507dee
                7f25a61d6004e637c0ab44cb65b26248ca8be415bd3c1b3fd123d63eeb6f1f9c5f9651d75810c4f59997
                """,
            responderPublic: """
                27308851c2253283d2293e373a37423ba62fbbfbd9bdc92b176cb26dbd0b8ba5b66a3af6e04588258d4d99eca041b1dc9046
                33d5c85dadad0f444ff982fd98aa2b155a2a02028fae4eb176a9494a8020e144d8285ef2aa736d658969e28d1c724ce141af
                16e32b222165c87491cd46d60da1f80fa3926a67034cdc68fc075c63cf829e8f9f16c882baa23e513fd9ab8a1bc882cbc81f
                14a17127c823792f568ea63daa06d8522eefd50645fb337de5c039202f4c8e3dd7465ab4bb2dea3c8c05
                """,
            offer: "00000001000000010000002801010001000000200101000080010005800200018004000580030001800b0001800c0e10",
            shared: """
                78a9685e93923897b5dd2e16532424a2910c5340f1b002028a8b8afbceee7976175e995eb05e89754f798dd37dadd0c5e5a5
                62facfba228b595fe4fb18ebcbfaa58102c3b6bf9e07fac038e215608df5032cef7031ba47dbaabcb74aa725fcc69b33f02d
                c0c0ed52f01db99031f3a12fdfbe9cd4674fdd19dea85e6bdd5620c8b37aabee9fa1cd40a3422f17673781300c88915a818e
                51f6f92c0fb96bcdbac824847c72f27c5dd0df27948883473e77b3ab4086a70d158637ba97340df784da
                """,
            skeyid: "361d2d8a38b73805f42124edd58765da",
            derivation: "ddf18ee2c5d83d11cb12ae05f467e3eb",
            authentication: "8fa5ec8f4a6671a8a697f8e469c17c6d",
            encryption: "aef2b2bea9c1fb4e43becc92ede5d528",
            cipherKey: "c7cc31006c49269c7ecffb29144adf5d0d63c26d1906302b",
            iv: "fab8ee6ecad7539d",
            hashI: "10676db22f8ddae0759c4d10a5e96166",
            hashR: "4a4adf829aeb8371c575351860b0bb64"),
    ]
}
