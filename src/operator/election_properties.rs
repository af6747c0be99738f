//! Any election of several replicas, on a network that loses and delays, with pauses, crashes, clocks that run at different
//! speeds and show any time: never two lead at once, and when the faults end, one leads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::*;

const TERMS: Terms =
    Terms { duration: Duration::from_secs(15), renew_deadline: Duration::from_secs(10), retry: Duration::from_secs(2) };

/// Real time, in milliseconds: what no replica knows.
type Time = u64;

/// How long faults last, and how long it may take then until one leads: a lease that runs out, on a slow clock, and a few looks.
const FAULTS_END: Time = 120_000;
const CALM: Time = 40_000;

/// What happens to one call.
#[derive(Clone, Copy, Debug)]
struct Fate {
    there: Time,
    back: Time,
    arrives: bool,
    is_answered: bool,
}

/// What happens to a replica.
#[derive(Clone, Copy, Debug)]
enum Blow {
    Paused(Time),
    Killed,
    ToldToStop,
}

/// A whole election, before it is played.
#[derive(Clone, Debug)]
struct Script {
    /// Thousandths of real speed, and what the wall clock shows.
    clocks: Vec<(u64, i64)>,
    fates: Vec<Fate>,
    blows: Vec<(Time, usize, Blow)>,
}

fn any_script() -> impl Strategy<Value = Script> {
    let fate =
        (0..8_000u64, 0..8_000u64, prop::bool::weighted(0.8), prop::bool::weighted(0.8), prop::bool::weighted(0.6))
            .prop_map(|(there, back, arrives, is_answered, is_quick)| match is_quick {
                true => Fate { there: there / 200, back: back / 200, arrives: true, is_answered: true },
                false => Fate { there, back, arrives, is_answered },
            });
    let blow = prop_oneof![
        2 => (1..40_000u64).prop_map(Blow::Paused),
        1 => Just(Blow::Killed),
        1 => Just(Blow::ToldToStop),
    ];
    let clocks = prop::collection::vec((900..1_100u64, -100_000..100_000i64), 2..4);
    let blows = prop::collection::vec((0..FAULTS_END, 0..4usize, blow), 0..8);
    (clocks, prop::collection::vec(fate, 20..60), blows).prop_map(|(clocks, fates, blows)| Script {
        clocks,
        fates,
        blows,
    })
}

/// The API server: one Lease, whose writes name the version that they change.
#[derive(Default)]
struct Server {
    lease: Option<Record>,
    version: u64,
}

impl Server {
    fn handle(&mut self, call: &Call, record: Record) -> Answer {
        let is_of = |version: &str| version == self.version.to_string();
        match (call, &self.lease) {
            (Call::Read, None) => return Answer::IsAbsent,
            (Call::Read, Some(_)) => return self.is(),
            (Call::Create, Some(_)) => return Answer::IsAnother,
            (Call::Hold { .. } | Call::Release { .. }, None) => return Answer::IsAbsent,
            (Call::Hold { version, .. } | Call::Release { version, .. }, Some(_)) if !is_of(version) => {
                return Answer::IsAnother;
            }
            (Call::Create | Call::Hold { .. } | Call::Release { .. }, _) => {}
        }
        self.lease = Some(record);
        self.version += 1;
        self.is()
    }

    fn is(&self) -> Answer {
        let record = self.lease.clone().expect("there is one");
        Answer::Is(Found { record, version: self.version.to_string() })
    }
}

/// A call on its way.
struct Way {
    call: Call,
    record: Record,
    sent: Instant,
    arrives: Option<Time>,
    answered: Option<Time>,
    gives_up: Instant,
    answer: Option<Answer>,
}

struct Replica {
    name: String,
    clock: (u64, i64),
    born: Time,
    origin: Instant,
    election: Election,
    way: Option<Way>,
    paused_until: Time,
    is_over: bool,
}

impl Replica {
    fn new(name: String, clock: (u64, i64), born: Time) -> Self {
        let origin = Instant::now();
        let election = Election::new(name.clone(), TERMS, origin);
        Self { name, clock, born, origin, election, way: None, paused_until: 0, is_over: false }
    }

    /// What its clock says at this time. It goes on while the replica is paused.
    fn now(&self, time: Time) -> Instant {
        self.origin + Duration::from_millis((time - self.born) * self.clock.0 / 1000)
    }

    /// Whether its fence is open.
    fn leads(&self, time: Time) -> bool {
        self.election.leads_until().is_some_and(|until| self.now(time) < until)
    }

    fn record(&self, call: &Call, time: Time) -> Record {
        let transitions = match call {
            Call::Hold { transitions, .. } | Call::Release { transitions, .. } => *transitions,
            Call::Read | Call::Create => 0,
        };
        let renewed = Timestamp::from_millisecond(i64::try_from(time).unwrap() + self.clock.1 * 1000).unwrap();
        let holder = if matches!(call, Call::Release { .. }) { None } else { Some(self.name.clone()) };
        Record { holder, duration: Some(TERMS.duration), renewed: Some(renewed), transitions }
    }

    fn sends(&mut self, call: Call, limit: Duration, time: Time, fate: Fate) {
        let sent = self.now(time);
        let arrives = fate.arrives.then_some(time + fate.there);
        let answered = arrives.filter(|_| fate.is_answered).map(|arrives| arrives + fate.back);
        let record = self.record(&call, time);
        self.way = Some(Way { call, record, sent, arrives, answered, gives_up: sent + limit, answer: None });
    }
}

struct Play {
    script: Script,
    server: Server,
    replicas: Vec<Replica>,
    /// Calls of replicas that gave up on them or are dead: they may still arrive.
    adrift: Vec<Way>,
    time: Time,
    sent: usize,
    born: usize,
}

/// A step of real time: finer than anything that happens.
const TICK: Time = 20;

impl Play {
    fn of(script: Script) -> Self {
        let clocks = script.clocks.clone();
        let mut play = Self {
            script,
            server: Server::default(),
            replicas: Vec::new(),
            adrift: Vec::new(),
            time: 0,
            sent: 0,
            born: 0,
        };
        for clock in clocks {
            play.is_born(clock);
        }
        play
    }

    fn is_born(&mut self, clock: (u64, i64)) {
        self.born += 1;
        self.replicas.push(Replica::new(format!("replica-{}", self.born), clock, self.time));
    }

    fn fate(&mut self) -> Fate {
        self.sent += 1;
        match self.time < FAULTS_END {
            true => self.script.fates[self.sent % self.script.fates.len()],
            false => Fate { there: 10, back: 10, arrives: true, is_answered: true },
        }
    }

    /// Plays it to the end.
    fn run(mut self) -> TestCaseResult {
        while self.time < FAULTS_END + CALM {
            self.blows();
            self.arrivals();
            for at in 0..self.replicas.len() {
                self.acts(at);
            }
            let leaders: Vec<&str> =
                self.replicas.iter().filter(|replica| replica.leads(self.time)).map(|replica| &*replica.name).collect();
            prop_assert!(leaders.len() < 2, "at {} ms {:?} lead", self.time, leaders);
            self.restarts();
            self.time += TICK;
        }
        let leaders = self.replicas.iter().filter(|replica| replica.leads(self.time)).count();
        prop_assert_eq!(leaders, 1, "nobody leads in the end: {:?}", self.server.lease);
        Ok(())
    }

    fn blows(&mut self) {
        let now: Vec<(usize, Blow)> = self
            .script
            .blows
            .iter()
            .filter(|(time, _, _)| *time / TICK * TICK == self.time)
            .map(|(_, at, blow)| (at % self.replicas.len(), *blow))
            .collect();
        for (at, blow) in now {
            let replica = &mut self.replicas[at];
            match blow {
                Blow::Paused(time) => replica.paused_until = self.time + time,
                Blow::Killed => replica.is_over = true,
                Blow::ToldToStop => self.stops(at),
            }
        }
    }

    /// Resigns, and gives back what it last saw, if that is still so.
    fn stops(&mut self, at: usize) {
        let fate = self.fate();
        let time = self.time;
        let replica = &mut self.replicas[at];
        replica.election.resign(replica.now(time));
        replica.is_over = true;
        if let Answer::Is(found) = self.server.handle(&Call::Read, replica.record(&Call::Read, time))
            && let Some(release) = replica.election.release(&found)
        {
            self.adrift.extend(replica.way.take());
            replica.sends(release, TERMS.call_limit(), time, fate);
        }
    }

    fn arrivals(&mut self) {
        let Self { server, replicas, adrift, time, .. } = self;
        let ways = replicas.iter_mut().filter_map(|replica| replica.way.as_mut()).chain(adrift.iter_mut());
        for way in ways {
            if way.answer.is_none() && way.arrives.is_some_and(|arrives| arrives <= *time) {
                way.answer = Some(server.handle(&way.call, way.record.clone()));
            }
        }
        adrift.retain(|way| way.answer.is_none() && way.arrives.is_some());
    }

    fn acts(&mut self, at: usize) {
        let time = self.time;
        let replica = &mut self.replicas[at];
        if replica.is_over || time < replica.paused_until {
            return;
        }
        let now = replica.now(time);
        if let Some(way) = replica.way.take() {
            let answer = match &way.answer {
                Some(answer) if way.answered.is_some_and(|answered| answered <= time) => answer.clone(),
                _ if now >= way.gives_up => Answer::Failed("no answer".to_owned()),
                _ => {
                    replica.way = Some(way);
                    return;
                }
            };
            replica.is_over = replica.election.answered(answer, way.sent, now).is_err();
            if way.answer.is_none() {
                self.adrift.push(way);
            }
            return;
        }
        match replica.election.next(now) {
            Next::SleepUntil(_) => {}
            Next::Lost(_) => replica.is_over = true,
            Next::Ask { call, limit } => {
                let fate = self.fate();
                self.replicas[at].sends(call, limit, time, fate);
            }
        }
    }

    /// A Deployment starts another for each that has ended.
    fn restarts(&mut self) {
        let over: Vec<usize> = (0..self.replicas.len()).rev().filter(|at| self.replicas[*at].is_over).collect();
        for at in over {
            let gone = self.replicas.remove(at);
            self.adrift.extend(gone.way);
            self.is_born(gone.clock);
        }
    }
}

/// An election takes longer than a value: three for eight.
fn as_many_as_are_quick() -> ProptestConfig {
    let asked_for = ProptestConfig::default();
    ProptestConfig { cases: asked_for.cases * 3 / 8, ..asked_for }
}

proptest! {
    #![proptest_config(as_many_as_are_quick())]

    #[test]
    fn never_two_lead_and_in_the_end_one_does(script in any_script()) {
        Play::of(script).run()?;
    }
}
