//! The draw against RFC 2782 read literally.

use proptest::prelude::*;

use super::*;

fn lot(weight: u16) -> Lot {
    Lot { weight, hash: 0 }
}

/// Chances to be drawn first, of weights.
fn first_of(rule: Rule, weights: &[u16]) -> Vec<Share> {
    first_shares(rule, &weights.iter().map(|&weight| lot(weight)).collect::<Vec<_>>())
}

fn first_of_all(rule: Rule, tickets: &[Ticket]) -> f64 {
    first_shares(rule, &tickets.iter().map(|ticket| ticket.lot).collect::<Vec<_>>()).iter().map(|share| share.0).sum()
}

fn well(weight: u16) -> Ticket {
    Ticket { lot: lot(weight), end: End::Lands, wait: Duration::ZERO }
}

fn dead(weight: u16, seconds: u64) -> Ticket {
    Ticket { lot: lot(weight), end: End::GoesOn, wait: Duration::from_secs(seconds) }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

/// RFC 2782 as it is written, for one order of the list: the chance that each target is where the
/// request ends, with the wait before it.
fn by_the_book(list: &[Ticket], waited: f64, chance: f64, out: &mut BTreeMap<(u16, usize), (f64, f64)>, ids: &[usize]) {
    let sum: u32 = list.iter().map(|t| u32::from(t.lot.weight)).sum();
    let mut running = 0;
    for (at, ticket) in list.iter().enumerate() {
        let before = running;
        running += u32::from(ticket.lot.weight);
        // Whole numbers r in 0..=sum with before < r <= running; the first record also takes r = 0.
        let numbers = if at == 0 { running + 1 } else { running - before };
        let chance = chance * f64::from(numbers) / f64::from(sum + 1);
        if chance == 0.0 {
            continue;
        }
        if ticket.end == End::GoesOn {
            let (mut rest, mut rest_ids) = (list.to_vec(), ids.to_vec());
            rest.remove(at);
            rest_ids.remove(at);
            by_the_book(&rest, waited + ticket.wait.as_secs_f64(), chance, out, &rest_ids);
        } else {
            let slot = out.entry((ticket.lot.weight, ids[at])).or_default();
            slot.0 += chance;
            slot.1 += chance * (waited + ticket.wait.as_secs_f64());
        }
    }
}

fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for shorter in permutations(n - 1) {
        for at in 0..n {
            let mut longer = shorter.clone();
            longer.insert(at, n - 1);
            all.push(longer);
        }
    }
    all
}

/// The average over all orders in which the zeros stand at the head. After a target is left behind
/// the rest is arranged anew, which for a uniformly random order is the same as keeping it.
fn averaged(tickets: &[Ticket]) -> Vec<(f64, f64)> {
    let orders: Vec<_> = permutations(tickets.len())
        .into_iter()
        .filter(|order| order.is_sorted_by_key(|&i| tickets[i].lot.weight > 0))
        .collect();
    let mut sums = vec![(0.0, 0.0); tickets.len()];
    for order in &orders {
        let list: Vec<_> = order.iter().map(|&i| tickets[i]).collect();
        let mut out = BTreeMap::new();
        by_the_book(&list, 0.0, 1.0 / f64::from(u32::try_from(orders.len()).unwrap()), &mut out, order);
        for ((_, id), (chance, waited)) in out {
            sums[id].0 += chance;
            sums[id].1 += waited;
        }
    }
    sums
}

#[test]
fn first_shares_of_well_known_groups() {
    for (weights, shares) in [
        (&[50, 50][..], &[0.5, 0.5][..]),
        (&[1, 1], &[0.5, 0.5]),
        (&[60, 40], &[60.5 / 101.0, 40.5 / 101.0]),
        (&[45, 95], &[45.5 / 141.0, 95.5 / 141.0]),
        (&[0, 50, 50], &[1.0 / 101.0, 50.0 / 101.0, 50.0 / 101.0]),
        (&[10, 0], &[10.0 / 11.0, 1.0 / 11.0]),
        (&[0, 0, 0], &[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]),
        (&[0, 0, 8], &[1.0 / 18.0, 1.0 / 18.0, 8.0 / 9.0]),
        (&[0], &[1.0]),
        (&[65535, 1], &[65535.5 / 65537.0, 1.5 / 65537.0]),
    ] {
        for (got, want) in first_of(Rule::Averaged, weights).iter().zip(shares) {
            assert!(close(got.0, *want), "{weights:?}: {got:?} is not {want}");
        }
    }
}

#[test]
fn a_silent_half_makes_half_of_the_calls_wait() {
    let drawn = draw(Rule::Averaged, &[well(50), dead(50, 32)], Duration::MAX);
    assert!(close(drawn.prizes[0].ends.0, 1.0));
    assert!(close(drawn.prizes[0].waiting.0, 0.5));
    assert_eq!(drawn.prizes[0].mean, Duration::from_secs(16));
    assert_eq!(drawn.prizes[0].max, Duration::from_secs(32));
}

#[test]
fn who_hangs_up_before_the_timer_is_lost() {
    let group = [well(50), dead(50, 32)];
    let hung_up = draw(Rule::Averaged, &group, Duration::from_secs(20)).prizes[0];
    assert!(close(hung_up.ends.0, 0.5) && close(hung_up.too_late.0, 0.5));
    assert_eq!((hung_up.mean, hung_up.max), (Duration::ZERO, Duration::ZERO));
    let patient = draw(Rule::Averaged, &group, Duration::from_secs(32)).prizes[0];
    assert!(close(patient.ends.0, 1.0) && close(patient.waiting.0, 0.5));
}

#[test]
fn sums_are_enough_where_weight_alone_decides() {
    let tickets = [dead(60, 32), well(10), dead(30, 0)];
    let patient = draw(Rule::ByWeight, &tickets, Duration::MAX);
    let landed = patient.prizes[1];
    assert!(patient.exact && close(landed.ends.0, 1.0) && close(landed.waiting.0, 60.0 / 70.0), "{landed:?}");
    assert!(close(landed.mean.as_secs_f64(), 32.0 * 60.0 / 70.0), "{landed:?}");
    assert_eq!(landed.max, Duration::from_secs(32));
    let short = draw(Rule::ByWeight, &tickets, Duration::from_secs(3)).prizes[1];
    assert!(close(short.ends.0, 10.0 / 70.0) && close(short.too_late.0, 60.0 / 70.0), "{short:?}");
    assert_eq!((short.max, short.waiting), (Duration::ZERO, Share::NONE));
    // However many fail.
    let many: Vec<Ticket> = (1..=40).map(|weight| dead(weight, u64::from(weight))).chain([well(100)]).collect();
    let drawn = draw(Rule::ByWeight, &many, Duration::MAX);
    assert!(drawn.exact);
    assert_eq!(drawn.prizes[40].max, Duration::from_secs(40 * 41 / 2));
}

#[test]
fn where_all_pass_on_nothing_ends() {
    let drawn = draw(Rule::Averaged, &[dead(1, 32), dead(0, 32)], Duration::MAX);
    assert!(drawn.prizes.iter().all(|p| p.ends == Share::NONE));
}

#[test]
fn past_the_bound_it_says_so_and_stays_close() {
    let mut tickets: Vec<_> = (1..=20).map(|w| dead(w * 7, 32)).collect();
    tickets.extend([well(300), well(600)]);
    let drawn = draw(Rule::Averaged, &tickets, Duration::MAX);
    assert!(!drawn.exact);
    assert!(close(drawn.prizes.iter().map(|p| p.ends.0).sum(), 1.0));
    assert!((drawn.prizes[20].ends.0 - 1.0 / 3.0).abs() < 1e-9);
}

fn ticket() -> impl Strategy<Value = Ticket> {
    let end = prop_oneof![Just(End::Lands), Just(End::Stops), Just(End::GoesOn), Just(End::GoesOn)];
    (prop_oneof![Just(0), Just(1), 0..100_u16], end, prop_oneof![Just(0), Just(32), 0..9_u64])
        .prop_map(|(weight, end, wait)| Ticket { lot: lot(weight), end, wait: Duration::from_secs(wait) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn agrees_with_the_rfc_read_literally(tickets in prop::collection::vec(ticket(), 1..6)) {
        let drawn = draw(Rule::Averaged, &tickets, Duration::MAX);
        prop_assert!(drawn.exact);
        for (prize, (ends, waited)) in drawn.prizes.iter().zip(averaged(&tickets)) {
            prop_assert!(close(prize.ends.0, ends), "{tickets:?}: {} is not {ends}", prize.ends.0);
            if ends > 0.0 {
                prop_assert!((prize.mean.as_secs_f64() - waited / ends).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn shares_sum_to_one(tickets in prop::collection::vec(ticket(), 1..40)) {
        let drawn = draw(Rule::Averaged, &tickets, Duration::MAX);
        prop_assert!(close(first_of_all(Rule::Averaged, &tickets), 1.0));
        let ends: f64 = drawn.prizes.iter().map(|p| p.ends.0).sum();
        let some_end = tickets.iter().any(|t| t.end != End::GoesOn);
        let all = if some_end { 1.0 } else { 0.0 };
        prop_assert!(close(ends, all));
        prop_assert!(drawn.prizes.iter().all(|p| p.mean <= p.max && p.waiting.0 <= p.ends.0 + 1e-12));
    }
}

/// What a stack does, read literally: a number is drawn, and the list is gone through.
fn chances(rule: Rule, weights: &[u16]) -> Vec<f64> {
    let sum: u32 = weights.iter().map(|&weight| u32::from(weight)).sum();
    let running = |at: usize| weights[..=at].iter().map(|&weight| u32::from(weight)).sum::<u32>();
    let reached = |number: u32| (0..weights.len()).find(|&at| running(at) >= number).unwrap();
    let mut chances = vec![0.0; weights.len()];
    let mut spread = |numbers: std::ops::RangeInclusive<u32>| {
        let each = 1.0 / f64::from(numbers.end() - numbers.start() + 1);
        numbers.for_each(|number| chances[reached(number)] += each);
    };
    match rule {
        Rule::Averaged | Rule::Hashed => unreachable!("it has a test of its own"),
        Rule::Even => chances.fill(1.0 / f64::from(u32::try_from(weights.len()).unwrap())),
        Rule::InclusiveSwapped => spread(0..=sum),
        Rule::ByWeight | Rule::ByWeightOrLast if sum > 0 => spread(1..=sum),
        Rule::Sixteen if sum > 0 => spread(0..=sum - 1),
        Rule::ByWeight | Rule::Sixteen => chances[0] = 1.0,
        Rule::ByWeightOrLast => *chances.last_mut().unwrap() = 1.0,
    }
    if rule == Rule::ByWeightOrLast && sum > 0 && weights.last() == Some(&0) {
        let rare = 1.0 / (1001.0 * f64::from(sum));
        chances[0] -= rare;
        *chances.last_mut().unwrap() += rare;
    }
    chances
}

fn literally(rule: Rule, list: &[(usize, Ticket)], waited: f64, chance: f64, out: &mut BTreeMap<usize, (f64, f64)>) {
    if list.is_empty() {
        return;
    }
    let weights: Vec<u16> = list.iter().map(|(_, ticket)| ticket.lot.weight).collect();
    for (at, drawn) in chances(rule, &weights).into_iter().enumerate().filter(|(_, drawn)| *drawn > 0.0) {
        let (id, ticket) = list[at];
        let waited = waited + ticket.wait.as_secs_f64();
        if ticket.end == End::GoesOn {
            let mut rest = list.to_vec();
            if rule == Rule::InclusiveSwapped {
                rest.swap(0, at);
                rest.remove(0);
            } else {
                rest.remove(at);
            }
            literally(rule, &rest, waited, chance * drawn, out);
        } else {
            let slot = out.entry(id).or_default();
            slot.0 += chance * drawn;
            slot.1 += chance * drawn * waited;
        }
    }
}

/// As stacks arrange their lists: zeros at the head, or at the end.
fn arranged(rule: Rule, mut tickets: Vec<Ticket>) -> Vec<Ticket> {
    match rule {
        Rule::Sixteen => tickets.sort_by_key(|ticket| ticket.lot.weight > 0),
        Rule::ByWeightOrLast | Rule::ByWeight => tickets.sort_by_key(|ticket| std::cmp::Reverse(ticket.lot.weight)),
        Rule::InclusiveSwapped | Rule::Averaged | Rule::Hashed | Rule::Even => {}
    }
    tickets
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_stack_draws_as_it_is_written(
        rule in prop::sample::select(
            &[Rule::InclusiveSwapped, Rule::ByWeight, Rule::Sixteen, Rule::ByWeightOrLast, Rule::Even][..]
        ),
        tickets in prop::collection::vec(ticket(), 1..7),
    ) {
        let tickets = arranged(rule, tickets);
        // Where weight decides alone, zeros are a list of their own.
        prop_assume!(rule != Rule::ByWeight || tickets.iter().all(|ticket| ticket.lot.weight > 0));
        let drawn = draw(rule, &tickets, Duration::MAX);
        prop_assert!(drawn.exact);
        let mut literal = BTreeMap::new();
        let listed: Vec<(usize, Ticket)> = tickets.iter().copied().enumerate().collect();
        literally(rule, &listed, 0.0, 1.0, &mut literal);
        for (at, prize) in drawn.prizes.iter().enumerate() {
            let (ends, waited) = literal.get(&at).copied().unwrap_or_default();
            prop_assert!(close(prize.ends.0, ends), "{rule:?} {tickets:?}: {at} gets {} and not {ends}", prize.ends.0);
            if ends > 1e-9 {
                prop_assert!((prize.mean.as_secs_f64() - waited / ends).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn sums_that_are_cut_are_gone_through(tickets in prop::collection::vec((20_000_u16.., ticket()), 2..6)) {
        let tickets: Vec<Ticket> = tickets.into_iter().map(|(weight, ticket)| Ticket { lot: lot(weight), ..ticket }).collect();
        let drawn = draw(Rule::Sixteen, &tickets, Duration::from_secs(40));
        let all: f64 = drawn.prizes.iter().map(|prize| prize.ends.0 + prize.too_late.0).sum();
        let some_end = tickets.iter().any(|ticket| ticket.end != End::GoesOn);
        prop_assert!(close(all, if some_end { 1.0 } else { 0.0 }), "{all}");
        prop_assert!(close(first_of_all(Rule::Sixteen, &tickets), 1.0));
    }
}

#[test]
fn a_sum_of_sixteen_bits_is_cut() {
    // Measured on OpenSIPS: 65535 and 1 as received, so 1 and 65535 in its list.
    let shares = first_of(Rule::Sixteen, &[1, 65535]);
    assert!(close(shares[0].0, 1.0) && close(shares[1].0, 0.0), "{shares:?}");
}

/// The lists of libre, sorted for each kind of account as it sorts them, and walked.
fn sorted_by_hash(tickets: &[Ticket], patience: Duration) -> Vec<(f64, f64, f64)> {
    let mut sums = vec![(0.0, 0.0, 0.0); tickets.len()];
    for kind in 0..4096_u32 {
        let number = |ticket: &Ticket| (u32::from(ticket.lot.hash) ^ kind) + u32::from(ticket.lot.weight);
        let mut list: Vec<usize> = (0..tickets.len()).collect();
        list.sort_by_key(|&at| std::cmp::Reverse(number(&tickets[at])));
        let mut waited = Duration::ZERO;
        for at in list {
            waited += tickets[at].wait;
            if tickets[at].end != End::GoesOn {
                let slot = &mut sums[at];
                if waited > patience {
                    slot.1 += 1.0 / 4096.0;
                } else {
                    slot.0 += 1.0 / 4096.0;
                    slot.2 += waited.as_secs_f64() / 4096.0;
                }
                break;
            }
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_account_has_one_order(
        tickets in prop::collection::vec((ticket(), 0..4096_u16), 1..9),
        seconds in prop_oneof![Just(20_u64), Just(1000)],
    ) {
        let tickets: Vec<Ticket> =
            tickets.into_iter().map(|(ticket, hash)| Ticket { lot: Lot { hash, ..ticket.lot }, ..ticket }).collect();
        let patience = Duration::from_secs(seconds);
        let drawn = draw(Rule::Hashed, &tickets, patience);
        prop_assert!(drawn.exact && close(first_of_all(Rule::Hashed, &tickets), 1.0));
        if tickets.iter().all(|ticket| ticket.end == End::GoesOn) {
            return Ok(());
        }
        for (prize, (ends, too_late, waited)) in drawn.prizes.iter().zip(sorted_by_hash(&tickets, patience)) {
            prop_assert!(close(prize.ends.0, ends) && close(prize.too_late.0, too_late), "{prize:?}");
            prop_assert!(ends < 1e-9 || (prize.mean.as_secs_f64() - waited / ends).abs() < 1e-6);
        }
    }

    /// What the draw by weight comes to in closed form: a share in the weights that are left, and a dead target of
    /// weight d met with d / (d + W).
    #[test]
    fn by_weight_the_living_share_by_weight(
        alive in prop::collection::vec(1..100_u16, 1..5),
        dead in prop::collection::vec((1..100_u16, 1..40_u64), 0..5),
    ) {
        let sum: f64 = alive.iter().map(|&weight| f64::from(weight)).sum();
        let tickets: Vec<Ticket> = dead
            .iter()
            .map(|&(weight, seconds)| self::dead(weight, seconds))
            .chain(alive.iter().map(|&weight| well(weight)))
            .collect();
        let drawn = draw(Rule::ByWeight, &tickets, Duration::MAX);
        let mut wait = 0.0;
        for (prize, ticket) in drawn.prizes.iter().zip(&tickets).skip(dead.len()) {
            prop_assert!(close(prize.ends.0, f64::from(ticket.lot.weight) / sum));
            wait += prize.ends.0 * prize.mean.as_secs_f64();
        }
        let met = |&(weight, seconds): &(u16, u64)| {
            let (weight, seconds) = (f64::from(weight), f64::from(u32::try_from(seconds).unwrap()));
            seconds * weight / (weight + sum)
        };
        prop_assert!((wait - dead.iter().map(met).sum::<f64>()).abs() < 1e-6);
    }
}

#[test]
fn a_hash_is_that_of_libre() {
    // FNV-1a of 32 bits, by its published vectors.
    for (name, hash) in [("a", 0xe40c_292c_u32), ("foobar", 0xbf9c_f968)] {
        assert_eq!(u32::from(hashed::hash(&name.parse().unwrap())), hash & 0xfff, "{name}");
    }
}
