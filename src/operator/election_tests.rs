//! Stories of one replica in an election, on a clock that is moved by hand.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

const TERMS: Terms =
    Terms { duration: Duration::from_secs(15), renew_deadline: Duration::from_secs(10), retry: Duration::from_secs(2) };

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A replica called `me`, and the time.
struct Story {
    election: Election,
    now: Instant,
}

fn begins() -> Story {
    let now = Instant::now();
    Story { election: Election::new("me".to_owned(), TERMS, now), now }
}

/// A Lease that this other renewed for the `renewal`th time.
fn held_by(holder: &str, renewal: i64) -> Found {
    let record = Record {
        holder: Some(holder.to_owned()),
        duration: Some(seconds(15)),
        renewed: Some(Timestamp::from_second(renewal).unwrap()),
        transitions: 4,
    };
    Found { record, version: format!("{holder}-{renewal}") }
}

fn free() -> Found {
    let record = Record { holder: None, duration: Some(seconds(1)), renewed: None, transitions: 4 };
    Found { record, version: "free".to_owned() }
}

impl Story {
    fn asks(&self) -> Call {
        match self.election.next(self.now) {
            Next::Ask { call, .. } => call,
            other => panic!("it does not ask: {other:?}"),
        }
    }

    /// The answer arrives at once.
    fn hears(&mut self, answer: Answer) -> Result<(), Loss> {
        self.election.answered(answer, self.now, self.now)
    }

    /// Asks what it wants to, and hears this.
    fn hears_when_it_reads(&mut self, answer: Answer) {
        assert_eq!(self.asks(), Call::Read);
        self.hears(answer).unwrap();
    }

    fn sleeps(&self) -> Duration {
        match self.election.next(self.now) {
            Next::SleepUntil(moment) => moment - self.now,
            other => panic!("it does not sleep: {other:?}"),
        }
    }

    fn wakes(&mut self) {
        let pause = self.sleeps();
        self.now += pause;
    }

    fn leads_for(&self) -> Option<Duration> {
        self.election.leads_until().map(|until| until.saturating_duration_since(self.now))
    }

    /// It created the Lease.
    fn leads() -> Self {
        let mut story = begins();
        story.hears_when_it_reads(Answer::IsAbsent);
        assert_eq!(story.asks(), Call::Create);
        story.hears(Answer::Is(held_by("me", 0))).unwrap();
        assert_eq!(story.leads_for(), Some(seconds(10)));
        story
    }

    fn is_lost(&self) -> Loss {
        match self.election.next(self.now) {
            Next::Lost(loss) => loss,
            other => panic!("it is not lost: {other:?}"),
        }
    }
}

#[test]
fn where_there_is_no_lease_it_makes_one_and_leads() {
    let story = Story::leads();
    assert_eq!(story.election.standing(), Some(&Standing::Leading));
    assert_eq!(story.sleeps(), seconds(2));
}

#[test]
fn a_lease_that_was_given_back_is_taken_at_once() {
    let mut story = begins();
    story.hears_when_it_reads(Answer::Is(free()));
    assert_eq!(story.asks(), Call::Hold { version: "free".to_owned(), transitions: 5, anew: true });
    story.hears(Answer::Is(held_by("me", 0))).unwrap();
    assert_eq!(story.leads_for(), Some(seconds(10)));
}

#[test]
fn a_lease_that_is_renewed_is_never_taken() {
    let mut story = begins();
    for renewal in 0..100 {
        story.hears_when_it_reads(Answer::Is(held_by("other", renewal)));
        assert_eq!(story.election.standing(), Some(&Standing::Behind("other".to_owned())));
        story.wakes();
    }
}

#[test]
fn a_lease_that_is_not_renewed_is_taken_after_its_duration_and_not_before() {
    let mut story = begins();
    let since = story.now;
    story.hears_when_it_reads(Answer::Is(held_by("other", 0)));
    loop {
        story.wakes();
        story.hears_when_it_reads(Answer::Is(held_by("other", 0)));
        if matches!(story.election.next(story.now), Next::Ask { .. }) {
            break;
        }
    }
    assert_eq!(story.now - since, seconds(15));
    assert_eq!(story.asks(), Call::Hold { version: "other-0".to_owned(), transitions: 5, anew: true });
}

#[test]
fn what_time_it_is_where_the_holder_runs_does_not_matter() {
    let hours = 3 * 60 * 60;
    for (skew, is_renewed) in [(-hours, true), (hours, true), (-hours, false), (hours, false)] {
        let mut story = begins();
        let since = story.now;
        for look in 0.. {
            let renewal = Timestamp::now().as_second() + skew + if is_renewed { look } else { 0 };
            story.hears_when_it_reads(Answer::Is(held_by("other", renewal)));
            if matches!(story.election.next(story.now), Next::Ask { .. }) || look == 50 {
                break;
            }
            story.wakes();
        }
        let waited = (story.now - since).as_secs();
        assert_eq!(waited, if is_renewed { 100 } else { 15 }, "{skew} s, renewed: {is_renewed}");
    }
}

#[test]
fn others_are_given_the_time_that_they_claim() {
    for (claimed, waited) in [(Some(60), 60), (Some(3), 3), (None, 15), (Some(1_000_000), 600)] {
        let mut story = begins();
        let since = story.now;
        let mut found = held_by("other", 0);
        found.record.duration = claimed.map(seconds);
        while matches!(story.election.next(story.now), Next::Ask { call: Call::Read, .. }) {
            story.hears_when_it_reads(Answer::Is(found.clone()));
            if let Next::SleepUntil(moment) = story.election.next(story.now) {
                story.now = moment;
            }
        }
        assert_eq!(story.now - since, seconds(waited), "{claimed:?}");
    }
}

#[test]
fn somebody_who_only_edits_the_lease_does_not_renew_it() {
    let mut story = begins();
    story.hears_when_it_reads(Answer::Is(held_by("other", 0)));
    let mut annotated = held_by("other", 0);
    annotated.version = "annotated".to_owned();
    story.now += seconds(15);
    story.hears_when_it_reads(Answer::Is(annotated));
    assert_eq!(story.asks(), Call::Hold { version: "annotated".to_owned(), transitions: 5, anew: true });
}

#[test]
fn of_two_that_take_it_at_once_one_stands_by() {
    let mut story = begins();
    story.hears_when_it_reads(Answer::Is(free()));
    story.hears(Answer::IsAnother).unwrap();
    story.wakes();
    story.hears_when_it_reads(Answer::Is(held_by("other", 0)));
    assert_eq!(story.leads_for(), None);
    assert_eq!(story.sleeps(), seconds(2));
}

#[test]
fn a_lease_that_vanishes_under_its_holder_is_free_when_it_would_have_been() {
    let mut story = begins();
    let since = story.now;
    story.hears_when_it_reads(Answer::Is(held_by("other", 0)));
    while story.asks_to_read_again_of(Answer::IsAbsent) {}
    assert_eq!(story.now - since, seconds(15));
    assert_eq!(story.asks(), Call::Create);
}

impl Story {
    /// Wakes, reads and hears this; whether it sleeps on.
    fn asks_to_read_again_of(&mut self, answer: Answer) -> bool {
        self.wakes();
        self.hears_when_it_reads(answer);
        matches!(self.election.next(self.now), Next::SleepUntil(_))
    }
}

#[test]
fn a_taking_whose_answer_was_lost_is_seen_to_be_ours() {
    let mut story = begins();
    story.hears_when_it_reads(Answer::Is(free()));
    story.hears(Answer::Failed("no answer".to_owned())).unwrap();
    assert_eq!(story.leads_for(), None, "it does not know");
    story.wakes();
    story.hears_when_it_reads(Answer::Is(held_by("me", 0)));
    assert_eq!(story.asks(), Call::Hold { version: "me-0".to_owned(), transitions: 4, anew: false });
}

#[test]
fn a_renewal_counts_from_when_it_was_sent() {
    let mut story = Story::leads();
    story.wakes();
    let sent = story.now;
    story.now += seconds(4);
    story.election.answered(Answer::Is(held_by("me", 1)), sent, story.now).unwrap();
    assert_eq!(story.leads_for(), Some(seconds(6)));
}

#[test]
fn a_holder_that_cannot_renew_tries_until_its_deadline_and_is_lost_then() {
    let mut story = Story::leads();
    let since = story.now;
    let mut tries = 0;
    while let Next::SleepUntil(moment) = story.election.next(story.now) {
        story.now = moment;
        if let Next::Ask { limit, .. } = story.election.next(story.now) {
            tries += 1;
            assert!(story.now + limit <= since + seconds(10), "no call outlives the deadline");
            story.hears(Answer::Failed("connection refused".to_owned())).unwrap();
        }
    }
    assert_eq!((story.now - since, tries), (seconds(10), 4));
    let loss = story.is_lost();
    assert_eq!(loss, Loss::NotRenewed { limit: seconds(10), error: "connection refused".to_owned() });
}

#[test]
fn a_holder_that_was_paused_is_lost_before_it_does_anything() {
    let mut story = Story::leads();
    story.now += seconds(3600);
    assert_eq!(story.leads_for(), Some(seconds(0)));
    assert_eq!(
        story.is_lost().to_string(),
        "it could not be renewed for 10s (--lease-renew-deadline): the process was paused"
    );
}

#[test]
fn an_answer_from_before_the_pause_does_not_make_it_leader_again() {
    let mut story = Story::leads();
    story.wakes();
    let sent = story.now;
    story.now += seconds(60);
    story.election.answered(Answer::Is(held_by("me", 1)), sent, story.now).unwrap();
    story.is_lost();
}

#[test]
fn a_holder_whose_lease_is_anothers_is_lost() {
    for (found, loss) in [
        (Answer::Is(held_by("other", 0)), Loss::Taken("other".to_owned())),
        (Answer::Is(free()), Loss::Emptied),
        (Answer::IsAbsent, Loss::Deleted),
    ] {
        let mut story = Story::leads();
        story.wakes();
        story.hears(Answer::IsAnother).unwrap();
        assert_eq!(story.asks(), Call::Read);
        assert_eq!(story.hears(found), Err(loss));
    }
}

#[test]
fn a_holder_whose_lease_was_only_edited_holds_on_to_it() {
    let mut story = Story::leads();
    story.wakes();
    story.hears(Answer::IsAnother).unwrap();
    let mut annotated = held_by("me", 0);
    annotated.version = "annotated".to_owned();
    story.hears_when_it_reads(Answer::Is(annotated));
    story.wakes();
    assert_eq!(story.asks(), Call::Hold { version: "annotated".to_owned(), transitions: 4, anew: false });
    story.hears(Answer::Is(held_by("me", 1))).unwrap();
    assert_eq!(story.leads_for(), Some(seconds(10)));
}

#[test]
fn an_api_server_that_refuses_every_renewal_is_not_asked_without_a_pause() {
    let mut story = Story::leads();
    let mut calls = 0;
    loop {
        match story.election.next(story.now) {
            Next::SleepUntil(moment) => story.now = moment,
            Next::Ask { call, .. } => {
                calls += 1;
                let answer = if call == Call::Read { Answer::Is(held_by("me", 0)) } else { Answer::IsAnother };
                story.hears(answer).unwrap();
            }
            Next::Lost(_) => break,
        }
    }
    assert!(calls < 40, "{calls}");
}

#[test]
fn what_is_given_back_is_ours_and_no_longer_led() {
    let mut story = Story::leads();
    story.election.resign(story.now);
    assert_eq!(story.leads_for(), None);
    let released = story.election.release(&held_by("me", 7));
    assert_eq!(released, Some(Call::Release { version: "me-7".to_owned(), transitions: 4 }));
    assert_eq!(story.election.release(&held_by("other", 7)), None);
}

#[test]
fn a_lease_that_cannot_be_read_is_said() {
    let mut story = begins();
    story.hears_when_it_reads(Answer::Failed("forbidden".to_owned()));
    assert_eq!(story.election.standing(), Some(&Standing::Blind("forbidden".to_owned())));
    story.wakes();
    story.hears_when_it_reads(Answer::Is(held_by("other", 0)));
    assert_eq!(story.election.standing(), Some(&Standing::Behind("other".to_owned())));
}
