import Crypto

/// The messages that strongSwan sent when we were initiator, and the keys that it installed.
public func recordingsAsInitiator() -> [IKERecording] {
    [
        IKERecording(
            suite: IKESuite(.aesCBC128, .sha1, .modp2048), esp: ESPSuite(.aesGCM128), pfs: .modp2048,
            messages: [
                (
                    500,
                    """
                    73ace5b8617fcc4b93236f23050b2fab0110020000000000000000880d00003800000001000000010000002c01010001
                    000000240101000080010007800e0080800200028004000e80030001800b0001800c0e100d00000c09002689dfd6b712
                    0d000014afcad71368a1f1c96b8696fc77570100000000144a131c81070358455c5728f20e95452f
                    """
                ),
                (
                    500,
                    """
                    73ace5b8617fcc4b93236f23050b2fab0410020000000000000001740a00010484cc5e08555a745b21000cf47e29c85e
                    2bf648e458711a9d8059987056b2430c3d2bf82fe0145d56f99008db3d1bb54b3ab152164e3abbf680cc3723baad43d1
                    9a58b58121ca49f1aaa8ddaad15473c9f9d49e55b4c42e5dd47e270283f425c0f46594a4f2434dc4d5fe77caf70ac340
                    2a7de26e594feca4be04071d84894cc10d538614341ee70597cae4a1fc96fa8ab2c2d4b42b50df373c723c3c941df2a7
                    a6093388033e5c870cc2a35b7666b424fa146a1fd2bbc2eec4ef5e0ea0eeeeacc3dbaf37d7d7bedc286732689e9ee800
                    388336893dcd90781d242b849788c9f46fe5dec4f2021dc238e1204a028b4fd0ff408dabe94d666eeb23574f60b7d77a
                    140000241027fda502b416a93caf509baca5391399854556847e8ba2c27558389f9903d9140000182b04951765854f73
                    75fc2402d998e78658a948ae000000184d1a8accbb017e7c5d6fd9750de8764069bc454b
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4b93236f23050b2fab05100201000000000000004c9d47e374c84c514f7ba9e8592c8afbc7fa4be93f
                    06bdcfee59a0a872a7ee750d5481b0f642cb24b939668472f8be8739
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4b93236f23050b2fab0810200119dafb96000001bcbc038b75cc6fc73359a5e99006b7741d05e833f9
                    3e9198c1b9a77a264e9d861e9148c79f572314aca4218d5e51a4c703dd66d751331fe6f640c501f3cdfc8d1ad080235c
                    c348c6be03500dec0cb927795356ba0139ca6ea3aa798415927eb85c4265e98b52f3711391431d1c6f4d7dfa515bd640
                    251b1ca365180ef2a7973f10d99bb50ac248160535a9458d01512b44ece73003403bc984eff03059b299a28b2bc68f8c
                    cf09ed9bcdbe855faf877e17e8f4c3ca6eea039655939c6cd0bdbed5105539747e3726e8e8defd9a709caff66b8c193a
                    6fa4f1dce57cd41ae6308f0f42ff4741884bf9fd291e3f74692be5e302a2aa5022580683146ed9b7f1cad11861a3c400
                    ca4946d96757a5380f0cc3bf48c150c1f7df8ec3c7d7ad1ec203eccfa975dd304d8af8dce16bbc8fc8c75ff3770c965a
                    d746c3ad8341dd86b68bb3dc0c09cd582c9f034a152f1a33f4e1cdeead0a7381952a3dec3f94400e881fd248f3c2c4fa
                    4a095868399f4a6d6f638153e3af83b8726c46a5ae7f8f60aae710800e6efd1ee9a3e0c5e975bc2fb1f484a2d16c68b6
                    b82691c1b593b392987fc223
                    """
                ),
            ],
            initiatorCipherKey: "1e2f60194f4984e24866995adb12325358abecd7",
            responderCipherKey: "b8c09329913ef06d5de123c450d65da13daa117c",
            initiatorIntegrityKey: "",
            responderIntegrityKey: ""),
        IKERecording(
            suite: IKESuite(.aesCBC256, .sha256, .modp3072), esp: ESPSuite(.aesGCM256), pfs: nil,
            messages: [
                (
                    500,
                    """
                    73ace5b8617fcc4b6f43cb0377003bde0110020000000000000000880d00003800000001000000010000002c01010001
                    000000240101000080010007800e0100800200048004000f80030001800b0001800c0e100d00000c09002689dfd6b712
                    0d000014afcad71368a1f1c96b8696fc77570100000000144a131c81070358455c5728f20e95452f
                    """
                ),
                (
                    500,
                    """
                    73ace5b8617fcc4b6f43cb0377003bde04100200000000000000020c0a000184db303a86549be49442c4a4ef46f6a655
                    0741e24c88a2e84d9c9adcfcf75ea35eea1616cb834914f19498e7c443fe5e2d4fab04986af030a48b70c28c95e45947
                    d1adc368394cb0b4dbecf34bce9ea490a77a996866232981f795432211ef741b13bbb77d21075da21fc94cb6d94c3ac2
                    01f88623e575235c6bd96eb3b3f4f2231aec2bece24c50fe58a31e431ff4514800f4acf3e90d3ea2c01fd54b957306ad
                    a53e35a821109049da10e62152534a7d89d4781bd1899f22a38428f13082c8467e54999b4d8464413246c13d6792a299
                    427013f17fea8b47c74e4ae461ccafde3e4b9a8ebede4fa1c7fc85dff46f69ff74c2abeb85c1f1c9aeca411269ba1f11
                    7623f93917b495bcfa4dab1398a3c66aee788b4b1f7529959482b9c89373a551c0c7325ad1cccc2f4a4da4e1c4b13f60
                    4afdb69e317d11c704ec051ca2fdd24eef77c91b3d4704bedffc1b049c9c844dc8bcede32773430e6600faa0083b795a
                    6ceaf9e6158d8e52a0ea5c93cb3a67c13d16e1f96a577ca084c9cf847cef6c9b14000024a4b953972c64e9b51f715498
                    39451e99672cbaac10ec28137df3073f05bfdd6c14000024d075bd420504f20fa9a67622aed0cf205e0d1ca40ce65016
                    b14f4a27be82b10a00000024888ec4bde56bc5ce5df1d105768c6be3830009730bb5e363bc568a9f2b44e980
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4b6f43cb0377003bde05100201000000000000005cabfc71f8f270956ee9463119095917fce720ae59
                    9f4e4e2324b72a34db9ba204bf7350493fb1216ba7fbb2ad2006d0593d07d13fdea3055ce400ee32b5f766f0
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4b6f43cb0377003bde0810200119dafb96000000bc7f1c0701d92c6c4bb11e96b1d180be3021e5f80b
                    e7479a126302fc56a71fcf9e4eb2070cb1d191bc37182cc48d58685f85316e32cb7c7f032333b5a30ab5969bcedcdd87
                    164eb40d5aef798da8a02414965fcdc33d5f90f46b5795dc5ade0296cfc7091508d01641555ce947d8190152985891c2
                    e50bb24b5a68f7ff40c5f75d027a35fda65a28e38a4aedacedcae4a72327f079be887b6520c78fe340f95d11
                    """
                ),
            ],
            initiatorCipherKey: "e3eb6fb3f3b067aa1ae0da3e0944068ba6481b1fbc7d8a5d94c73d0ec881dae18ece5da3",
            responderCipherKey: "71cfed9d7538fea79b65bc6e42770a7fb2187c0ca8669831f9fd2515f75c76b886235be2",
            initiatorIntegrityKey: "",
            responderIntegrityKey: ""),
        IKERecording(
            suite: IKESuite(.aesCBC192, .sha384, .ecp384), esp: ESPSuite(.aesCBC256, .hmacSHA256_128), pfs: .ecp384,
            messages: [
                (
                    500,
                    """
                    73ace5b8617fcc4b635d7b679fb6fd760110020000000000000000880d00003800000001000000010000002c01010001
                    000000240101000080010007800e00c0800200058004001480030001800b0001800c0e100d00000c09002689dfd6b712
                    0d000014afcad71368a1f1c96b8696fc77570100000000144a131c81070358455c5728f20e95452f
                    """
                ),
                (
                    500,
                    """
                    73ace5b8617fcc4b635d7b679fb6fd7604100200000000000000010c0a00006457eeb0ff7f9f377ac343ac43e6072454
                    c5a0bf54881715ecdb92f93bbf1678fe3a5d7a0a5dcbbb801e8c73de8e649f9c2c6ebe648dcdc16d4aca36a7e73d38ff
                    809092a123bb91b7b8915622be99af39af0e4a350c2ac8b72a2c6171e620196314000024014b7e43e36aaa1cf64bfcbb
                    d053ae4873583c5175f0062162b17d5e01f8965114000034816776c634ab693ef342520834fdfbad05048de95670ef8b
                    2c219dc55c6ba7c96816e3659fef56da4c6d178381366f4400000034ba9ed49dea505dc5009bc5c45b630f0b33058e1b
                    6315eb8480482bbbae40e9d01c60b7fddf360feded54a26ce09a27cd
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4b635d7b679fb6fd7605100201000000000000006c646e179d555e5b5a3cc2df7b1d8a9e714d3cc5db
                    1b95dd84654269bbbda5d48196a93eb65bea30713a30ac5379e51e238c63b0f15a5f9dbf8002e7d36f894382c0b10dd1
                    288ee65f9c0dbe6bb4845a2d
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4b635d7b679fb6fd760810200119dafb960000013c55b2ea7feff14d9824e5243a445aa9fced6baea8
                    28b152f736cd409c2f46e650e131760fed8b60dd1c71fc0e1a9ff22db21281a1c1aa8e23e6ef0599696b07c9a4ec4b1a
                    cc0ca2122e2ff762b74712dcb551cec30874103b396c187db3ca7b2d9be3221e226f3d8e9d111f0ddbbd05620e9d49ec
                    70c3f97fa69040a701f1747a2946b1ee4318ff371f996276087b78d8d52ce90a99476742f7419b0385a0ef5b864a66c4
                    e0fcf105e455637a6b56fa3eab0101703bf4d0dcf5757edcae34f7f20f26bed6533670dc3e036e345202a3e847b98750
                    4a1f6bce16e78c53fbc41a21d528767fecc9baebec795528b51fe02b040aa5feddf50a5e02edfad1dae460339c1836cc
                    e4a01bbbdc609b3815da0cd372affcdb443859faef923117da7b0495
                    """
                ),
            ],
            initiatorCipherKey: "f6d51c49981f415ddbab81f53bb35d2eb0921ca3ef88227fb635b387d3f5e5dc",
            responderCipherKey: "33391d495e76ce29cbad273a84e340e2c061331c2954cd486ba4fd70ba76408b",
            initiatorIntegrityKey: "c17bcca72741b9e7e14d8c7e68f653c2c0c6ad38fa3e02d1abb25c39dde45ac1",
            responderIntegrityKey: "bf550cb6fc705841ee8d12c5b664d7f8e1566cce16edd61ef165e187058269be"),
        IKERecording(
            suite: IKESuite(.aesCBC256, .sha512, .curve25519), esp: ESPSuite(.aesCBC128, .hmacSHA1_96), pfs: .curve25519,
            messages: [
                (
                    500,
                    """
                    73ace5b8617fcc4b477ff07486e1f80e0110020000000000000000880d00003800000001000000010000002c01010001
                    000000240101000080010007800e0100800200068004001f80030001800b0001800c0e100d00000c09002689dfd6b712
                    0d000014afcad71368a1f1c96b8696fc77570100000000144a131c81070358455c5728f20e95452f
                    """
                ),
                (
                    500,
                    """
                    73ace5b8617fcc4b477ff07486e1f80e0410020000000000000000ec0a0000241ee1aa111d569c6c7a8505b1e2972196
                    148b1581d0199ba11bd8576a9f2c960414000024ef38de646b5fbc880d2a6a941b70bd72899750e9500ec7ddd3ee1cee
                    a695c00914000044bfe248c1c7ba771d09111fd27536f2121c22d439e83ca0d17064f269fc89796f5199c5ecbce8f488
                    f2f25907afb89125ce26b5a66f00685208c3db9d934f30ad00000044dd824366807176dec854351addcd28178eab877d
                    4afec7050aba9e44cfdf37f41a0cca6eba41bc73e1b681358893fcadaadd2eb0f498e76a25220094e82f9a13
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4b477ff07486e1f80e05100201000000000000007c9c67077161f0341c9e1af6415a50bb95b8d6c596
                    9f9e715cd9717c96cde7a88002d6c3195e764064524d04ced5ec710c6da0af00e8ced1d0ac22eaa9f60976e24fe470e7
                    d6336dd070cd0816f7d22e240d3fc161bc41ec5aeddd0733e49c2aa5
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4b477ff07486e1f80e0810200119dafb960000010cadc40100a383c73ed11f8a6a75f0ec0b0072c1a6
                    7016b09c8be788d6825b4ac40366a31769388c7c6a3360f0b1bac91f085a58ac87b532cec0238c33677fbeb4a983a47a
                    fd2f435211d31f72ce0941f745c6d7712b472b48a51dd8a8a333285c9756b6f78d1a76a0c91dfa82230ee95f39532dc4
                    51f303ad7690284fdbaed0bdb2008ee8242d8e848314cf892efd8b67c2d6bd1b56428fe6f16d71c86235d8a498263111
                    0377ae9993f3e859bc5663d2518717658e4895d6e901968baba73e7649bf5f1dfc82f02f51f9dd4bd57dcf45f47830dd
                    0195f2df1c41dcfe21aeb963b2aecdcba1dc3b7c9307b0410faae78e
                    """
                ),
            ],
            initiatorCipherKey: "638547835a5fe8f0abe01db7c1100f57",
            responderCipherKey: "b5f2e9a1c714faf4c4b81b629302afb7",
            initiatorIntegrityKey: "ebc23eb0aec556bcd0d60faf929049a2bf884ada",
            responderIntegrityKey: "e09c35ccfbe160f0a6a90ba3c49713dc16be86d0"),
        IKERecording(
            suite: IKESuite(.aesCBC128, .sha256, .ecp256), esp: ESPSuite(.aesCBC256, .hmacSHA512_256), pfs: .ecp256,
            messages: [
                (
                    500,
                    """
                    73ace5b8617fcc4bd86be20247fe16b60110020000000000000000880d00003800000001000000010000002c01010001
                    000000240101000080010007800e0080800200048004001380030001800b0001800c0e100d00000c09002689dfd6b712
                    0d000014afcad71368a1f1c96b8696fc77570100000000144a131c81070358455c5728f20e95452f
                    """
                ),
                (
                    500,
                    """
                    73ace5b8617fcc4bd86be20247fe16b60410020000000000000000cc0a000044d7a8f2ce9a4e30562d55458e9c2aba64
                    9ff37d3adeaa3756c2c289ee2f2b6b0bb4b1e672c165616520c79a4e83b3546eeba12930f05ba04662e0b857002da73a
                    140000249166f5357030cc1a2a2faa9c8f98f74d52e40aa99fac11870669e44f48ff627314000024f0e922f32ea6dc25
                    616d8231b0affd53f877e1ba27f479efb44d885f6f63e75b00000024cf3b0f704d56222ce2381dedc13298e25907b7c4
                    2d35127b13b37d0652855d65
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4bd86be20247fe16b605100201000000000000005ca5c7d784c74edc5bab0d218a7d9a4df1fb92c633
                    288665665500ab4269d6c3a2c14e7c2b74d2c423fcf197d5ed7f43a00aba01032e5dc60f409a9bec78bc0177
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4bd86be20247fe16b60810200119dafb960000010c717eaf105dcd40093bdccb8103cfb58d010645ed
                    27323099508350f3ebc35c667bf115782ef282671de9957f9b19c59c58cf73d2452315e7f61983072cd51b7dc2fa98cc
                    9dd30c46e73bc81163ebdcce52934161c7e3fbf720f5431d3551e93645c23de09036f204829ddf0f3750e23cac07ee12
                    0b234cf1959c29abaccc2a7bca52790308c3bcb6106e06b62ab808d6fe680caafef0b69e01b1370ec19d8c9f4b821e1e
                    4c6a0602d510d26c4dff36830d293878c3cf3b6246df0d9b8102c7a51e5fc162cf726c5607f4e47e4a929b3d869d1dd2
                    8f745ec53b460fc5a401a9b50eadeb4ff7874bde8890535a35b6c49b
                    """
                ),
            ],
            initiatorCipherKey: "3dd631f8b5eb0f7b7de3401e0b0d0f4728f78d75238a8eaf404b654d9919a9e6",
            responderCipherKey: "0d914f24b721e70955208f70be45441589a57467c2a504fea4247aca7c9004cf",
            initiatorIntegrityKey: """
                d57c361e34939173d40e1172c58521048ab29a9f2ebdf6751665bdcc96e148d7cbb1800c3c7c3dd68b6e308c8c1323e96d1d
                80042ececf3975741482264e8120
                """,
            responderIntegrityKey: """
                4ec542898a906ea6b506b6f6b0aa638f7aca55350f4569d9f7b3c1f0f065abdff1792284d96d3ceba95f99c58686078dba51
                37ce72083c33fb943adc0708ce73
                """),
        IKERecording(
            suite: IKESuite(.tripleDESCBC, .md5, .modp1536), esp: ESPSuite(.tripleDESCBC, .hmacMD5_96), pfs: .modp1536,
            messages: [
                (
                    500,
                    """
                    73ace5b8617fcc4b71d5c66a5259bd350110020000000000000000840d00003400000001000000010000002801010001
                    000000200101000080010005800200018004000580030001800b0001800c0e100d00000c09002689dfd6b7120d000014
                    afcad71368a1f1c96b8696fc77570100000000144a131c81070358455c5728f20e95452f
                    """
                ),
                (
                    500,
                    """
                    73ace5b8617fcc4b71d5c66a5259bd3504100200000000000000012c0a0000c427308851c2253283d2293e373a37423b
                    a62fbbfbd9bdc92b176cb26dbd0b8ba5b66a3af6e04588258d4d99eca041b1dc904633d5c85dadad0f444ff982fd98aa
                    2b155a2a02028fae4eb176a9494a8020e144d8285ef2aa736d658969e28d1c724ce141af16e32b222165c87491cd46d6
                    0da1f80fa3926a67034cdc68fc075c63cf829e8f9f16c882baa23e513fd9ab8a1bc882cbc81f14a17127c823792f568e
                    a63daa06d8522eefd50645fb337de5c039202f4c8e3dd7465ab4bb2dea3c8c0514000024d937cbe84e185b8202c69539
                    8443b00cc254b14107c706acf61459d4d6f9436b14000014883cd6f3443d09e7d93b2eeb0b0247980000001408619614
                    0ec3568acac63ee28ba5ef69
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4b71d5c66a5259bd35051002010000000000000044c8f49322321d4928ad1092042dfbfb08cf8b68ac
                    34e5f57a3804999fe950a55639e97dc34dd5fb52
                    """
                ),
                (
                    4500,
                    """
                    73ace5b8617fcc4b71d5c66a5259bd350810200119dafb960000017446e6e4becbd83ce162fc89acedf303d9b0b174ad
                    ac73e2e11355846fb6ad71a6a90172d8871d4f8d053bc2ea8dd87e703b51b67c34293c7d36e7691ca7ffced6062bdf4c
                    2a090734c474c18986b36880cba130fb030b2ff323f976ef5c8f4e1ac13db4bef5a8fb83efc54efc101c0c935ef5f62e
                    8b43f53b3a2c8b07c75603b8cb4a4879b94b296cff74fe4e97f72cb76fc0d1e6320dc45c9c42466a8593af83b15cfde0
                    410f9164e1d65115a7d9f5c5f7c427b05fa1a8a6a047f4815e7fa213fd3eba656250fafd520cb796ea94fb3b85473117
                    c7c1a7d3a370ee05eb3e3d9e784100d2177dcf0a11f9d6296f016c328dae5086998b4ede1249ba53c395e84f39bbd51f
                    3c8f6f03ecbcc1422126d307834351531221f621d2bb66ed3e1bb554104b1504233be274330c873112be2cb15b579e37
                    c394c128aa7ea0e984ef2e0f0efb84944e1a0e43e05abc4dfa7f77ae50e756c6cc85cd3b
                    """
                ),
            ],
            initiatorCipherKey: "8150ffb98489b195acf8d5ccb71e3c59a43ba77ad4f1fa83",
            responderCipherKey: "c6b0e71e2686d6169f09bcb81bcf763bb9cdbfdf3c56aa83",
            initiatorIntegrityKey: "abebdb263a5b00569b939b4979a5cb05",
            responderIntegrityKey: "11f59487ded602d6b91c4fab41546511"),
    ]
}
