/// The primes of the MODP groups (RFC 2409 §6.2, RFC 3526), all of one form:
/// 2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) * pi) + k), with the least k that makes p and (p-1)/2 prime. They begin and end
/// with 64 ones and hold digits of pi between, which are stored once for all groups.
enum MODPPrime {
    /// floor(2^8062 * pi): 8064 bits, as the largest group needs.
    private static let pi: [UInt64] = [
        0xc90f_daa2_2168_c234, 0xc4c6_628b_80dc_1cd1, 0x2902_4e08_8a67_cc74, 0x020b_bea6_3b13_9b22, 0x514a_0879_8e34_04dd,
        0xef95_19b3_cd3a_431b, 0x302b_0a6d_f25f_1437, 0x4fe1_356d_6d51_c245, 0xe485_b576_625e_7ec6, 0xf44c_42e9_a637_ed6b,
        0x0bff_5cb6_f406_b7ed, 0xee38_6bfb_5a89_9fa5, 0xae9f_2411_7c4b_1fe6, 0x4928_6651_ece4_5b3d, 0xc200_7cb8_a163_bf05,
        0x98da_4836_1c55_d39a, 0x6916_3fa8_fd24_cf5f, 0x8365_5d23_dca3_ad96, 0x1c62_f356_2085_52bb, 0x9ed5_2907_7096_966d,
        0x670c_354e_4abc_9804, 0xf174_6c08_ca18_217c, 0x3290_5e46_2e36_ce3b, 0xe39e_772c_180e_8603, 0x9b27_83a2_ec07_a28f,
        0xb5c5_5df0_6f4c_52c9, 0xde2b_cbf6_9558_1718, 0x3995_497c_ea95_6ae5, 0x15d2_2618_98fa_0510, 0x1572_8e5a_8aaa_c42d,
        0xad33_170d_0450_7a33, 0xa855_21ab_df1c_ba64, 0xecfb_8504_58db_ef0a, 0x8aea_7157_5d06_0c7d, 0xb397_0f85_a6e1_e4c7,
        0xabf5_ae8c_db09_33d7, 0x1e8c_94e0_4a25_619d, 0xcee3_d226_1ad2_ee6b, 0xf12f_fa06_d98a_0864, 0xd876_0273_3ec8_6a64,
        0x521f_2b18_177b_200c, 0xbbe1_1757_7a61_5d6c, 0x7709_88c0_bad9_46e2, 0x08e2_4fa0_74e5_ab31, 0x43db_5bfc_e0fd_108e,
        0x4b82_d120_a921_0801, 0x1a72_3c12_a787_e6d7, 0x8871_9a10_bdba_5b26, 0x99c3_2718_6af4_e23c, 0x1a94_6834_b615_0bda,
        0x2583_e9ca_2ad4_4ce8, 0xdbbb_c2db_04de_8ef9, 0x2e8e_fc14_1fbe_caa6, 0x287c_5947_4e6b_c05d, 0x99b2_964f_a090_c3a2,
        0x233b_a186_515b_e7ed, 0x1f61_2970_cee2_d7af, 0xb81b_dd76_2170_481c, 0xd006_9127_d5b0_5aa9, 0x93b4_ea98_8d8f_ddc1,
        0x86ff_b7dc_90a6_c08f, 0x4df4_35c9_3402_8492, 0x36c3_fab4_d27c_7026, 0xc1d4_dcb2_6026_46de, 0xc975_1e76_3dba_37bd,
        0xf8ff_9406_ad9e_530e, 0xe5db_382f_4130_01ae, 0xb06a_53ed_9027_d831, 0x1797_27b0_865a_8918, 0xda3e_dbeb_cf9b_14ed,
        0x44ce_6cba_ced4_bb1b, 0xdb7f_1447_e6cc_254b, 0x3320_5151_2bd7_af42, 0x6fb8_f401_378c_d2bf, 0x5983_ca01_c64b_92ec,
        0xf032_ea15_d172_1d03, 0xf482_d7ce_6e74_fef6, 0xd55e_702f_4698_0c82, 0xb5a8_4031_900b_1c9e, 0x59e7_c97f_bec7_e8f3,
        0x23a9_7a7e_36cc_88be, 0x0f1d_45b7_ff58_5ac5, 0x4bd4_07b2_2b41_54aa, 0xcc8f_6d7e_bf48_e1d8, 0x14cc_5ed2_0f80_37e0,
        0xa797_15ee_f29b_e328, 0x06a1_d58b_b7c5_da76, 0xf550_aa3d_8a1f_bff0, 0xeb19_ccb1_a313_d55c, 0xda56_c9ec_2ef2_9632,
        0x387f_e8d7_6e3c_0468, 0x043e_8f66_3f48_60ee, 0x12bf_2d5b_0b74_74d6, 0xe694_f91e_6dbe_1159, 0x74a3_926f_12fe_e5e4,
        0x3877_7cb6_a932_df8c, 0xd8be_c4d0_73b9_31ba, 0x3bc8_32b6_8d9d_d300, 0x741f_a7bf_8afc_47ed, 0x2576_f693_6ba4_2466,
        0x3aab_639c_5ae4_f568, 0x3423_b474_2bf1_c978, 0x238f_16cb_e39d_652d, 0xe3fd_b8be_fc84_8ad9, 0x2222_2e04_a403_7c07,
        0x13eb_57a8_1a23_f0c7, 0x3473_fc64_6cea_306b, 0x4bcb_c886_2f83_85dd, 0xfa9d_4b7f_a2c0_87e8, 0x7968_3303_ed5b_dd3a,
        0x062b_3cf5_b3a2_78a6, 0x6d2a_13f8_3f44_f82d, 0xdf31_0ee0_74ab_6a36, 0x4597_e899_a025_5dc1, 0x64f3_1cc5_0846_851d,
        0xf9ab_4819_5ded_7ea1, 0xb1d5_10bd_7ee7_4d73, 0xfaf3_6bc3_1ecf_a268, 0x3590_46f4_eb87_9f92, 0x4009_438b_481c_6cd7,
        0x889a_002e_d5ee_382b, 0xc919_0da6_fc02_6e47, 0x9558_e447_5677_e9aa, 0x9e30_50e2_7656_94df, 0xc81f_56e8_80b9_6e71,
        0x60c9_80dd_98a5_73ea,
    ]

    private static func k(_ group: Group) -> UInt64 {
        switch group {
        case .modp1024: 129_093
        case .modp1536: 741_804
        case .modp2048: 124_476
        case .modp3072: 1_690_314
        case .modp4096: 240_904
        case .modp6144: 929_484
        case .modp8192: 4_743_158
        case .ecp256, .ecp384, .ecp521, .curve25519: 0
        }
    }

    /// The prime in network order. `group` is a MODP one.
    static func octets(_ group: Group) -> [UInt8] {
        var words = [UInt64](repeating: .max, count: group.publicValueLength / 8)
        for index in 1..<(words.count - 1) { words[index] = pi[index - 1] }
        var index = words.count - 2
        // The formula's -1 borrows from the middle to make the last 64 ones.
        var (sum, carry) = words[index].addingReportingOverflow(k(group) - 1)
        words[index] = sum
        while carry, index > 1 {
            index -= 1
            (sum, carry) = words[index].addingReportingOverflow(1)
            words[index] = sum
        }
        var octets: [UInt8] = []
        octets.reserveCapacity(words.count * 8)
        for word in words {
            for shift in stride(from: 56, through: 0, by: -8) as StrideThrough<Int> {
                octets.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return octets
    }
}
