import Linux
import Netlink
import Wire

/// What an earlier XFRM plane left in the kernel when the TUN plane starts, because `protostack=` was changed or the kernel has lost its
/// ESP: policies that hold traffic which the TUN device is to carry.
struct XFRMRemains {
    private let channel: NetlinkChannel
    private let policies: XFRMPolicies
    private let found: [XFRMPolicy]

    /// `nil` if nothing is left, as on every kernel without XFRM.
    /// - Throws: if the kernel has XFRM, and its policies cannot be read: some may hold the traffic.
    init?() throws(PlaneError) {
        do throws(SystemError) {
            channel = try NetlinkChannel(.xfrm)
        } catch {
            if error.isUnsupported { return nil }
            throw PlaneError(reason: "\(error)")
        }
        do throws(NetlinkError) {
            policies = try XFRMPolicies(channel)
        } catch {
            if error.isUnsupported { return nil }
            throw PlaneError(reason: "\(error)")
        }
        found = policies.takeFound()
        if found.isEmpty { return nil }
    }

    /// Adds routes that hold the traffic which the policies hold, as an earlier TUN plane would have left them.
    func hold() throws(PlaneError) {
        let routing: NetlinkChannel
        do throws(SystemError) {
            routing = try NetlinkChannel(.route)
        } catch { throw PlaneError(reason: "\(error)") }
        for policy in found where policy.holdsTraffic { try hold(policy.selector.destination, routing) }
    }

    private func hold(_ destination: Subnet, _ routing: NetlinkChannel) throws(PlaneError) {
        do throws(NetlinkError) {
            let route = Route(
                to: destination, kind: .unreachable, table: Ownership.table, owner: Ownership.owner, metric: Routing.heldMetric)
            try routing.perform(route.add(replacing: true))
            let family = destination.address.family
            if try !routing.dump(Rule.dump(family), Rule.read).contains(where: Ownership.isOurs) {
                try routing.perform(Ownership.rule(family).add())
            }
            // Routes towards the peer, whose packets the policies caught.
            for old in try routing.dump(Route.dump(family, table: Ownership.table), Route.read)
            where Ownership.isOurs(old) && old.destination == destination && old.kind == .unicast {
                try routing.perform(old.remove())
            }
        } catch { throw PlaneError(reason: "\(error)") }
    }

    /// Removes policies and SAs from the kernel. To be called after the routes hold their traffic.
    func removeFromKernel(_ log: Log) {
        var larvalDrop = LarvalDrop(leftover: found)
        for failure in policies.removeAll() + channel.removeOurStates() { log.error(failure, code: .kernelRefused) }
        if let failure = larvalDrop.restore() { log.error(failure, code: .kernelRefused) }
    }
}

extension XFRMPolicy {
    /// Whether packets that match it do not leave in the clear.
    var holdsTraffic: Bool { direction == .outbound && (!templates.isEmpty || action == .block) }
}
