//! An engine, walked as for a registration.

use std::sync::Arc;

use crate::model::{Dial, EngineName, Failure, Method, Moment, Reading, Rule, Survey, Target, Transport};

use super::Profile;
use super::engine::{Engine, Reaction, Registering, Round, Walk};

/// An engine whose every walk is that of a REGISTER.
#[derive(Debug)]
struct AsRegister(Arc<dyn Engine>);

/// The engine as it goes for a registration, where that takes other records than a call; none where it does not.
pub fn for_register(engine: &Arc<dyn Engine>) -> Option<Arc<dyn Engine>> {
    engine.registers_apart().then(|| -> Arc<dyn Engine> { Arc::new(AsRegister(engine.clone())) })
}

impl Engine for AsRegister {
    fn profile(&self) -> &'static Profile {
        self.0.profile()
    }

    fn name(&self) -> EngineName {
        self.0.name()
    }

    fn rules(&self) -> &'static [&'static Rule] {
        self.0.rules()
    }

    fn walk(&self, dial: &Dial, survey: &Survey, reading: Reading, at: Moment) -> Walk {
        self.0.walk(&Dial { method: Method::Register, ..dial.clone() }, survey, reading, at)
    }

    fn rounds(&self, targets: &[&Target]) -> Vec<Round> {
        self.0.rounds(targets)
    }

    fn reaction(&self, over: Transport, failure: Failure, method: Method) -> Reaction {
        self.0.reaction(over, failure, method)
    }

    fn registering(&self) -> Registering {
        self.0.registering()
    }
}
