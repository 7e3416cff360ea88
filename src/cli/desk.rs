//! Takes the dashboard's commands to whom they concern: the monitor, the store, the lab.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::lab::{Lab, Toggled};
use crate::model::{
    Account, AccountId, AccountMode, Carrier, CarrierName, Command, Drill, PasswordSource, Pop, Reply, SipUri,
};
use crate::monitor::{Holds, Left, Monitor};
use crate::store::{Store, StoreError};

use super::accounts::{Alone, Locks};
use super::args::Options;
use super::setup::Wanted;

/// Where the carriers come from.
pub(super) enum Stock {
    /// Saved ones.
    Saved(Store),
    /// Those of the lab.
    Lab(Lab),
}

impl Stock {
    /// Who holds which account of theirs.
    pub(super) fn holds(&self) -> Arc<dyn Holds> {
        match self {
            Self::Saved(store) => Arc::new(Locks::new(store.clone())),
            Self::Lab(_) => Arc::new(Alone::default()),
        }
    }
}

/// How long the removal of what we have bound may take at the end.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

/// What was kept from the last run.
pub(super) struct Kept {
    pub carriers: Vec<Carrier>,
    pub drills: Vec<Drill>,
}

/// Answers commands.
pub(super) struct Desk {
    stock: Stock,
    wanted: Wanted,
    /// As they were read last.
    carriers: Vec<Carrier>,
    drills: Vec<Arc<Drill>>,
    /// What is done with accounts in place of what the file says. Another account of the carrier begins as that says.
    modes: BTreeMap<(CarrierName, AccountId), AccountMode>,
    /// Whether anything is sent but questions to the DNS.
    probing: bool,
}

impl Desk {
    pub(super) fn new(stock: Stock, kept: Kept, options: &Options) -> Self {
        let wanted = match stock {
            Stock::Saved(_) => Wanted::of(options),
            Stock::Lab(_) => Wanted::of_lab(options),
        };
        let drills = kept.drills.into_iter().map(Arc::new).collect();
        let (carriers, modes) = (kept.carriers, BTreeMap::new());
        Self { stock, wanted, carriers, drills, modes, probing: !options.no_probe }
    }

    /// The carriers, with what the command line and the operator say in place of what their file says.
    pub(super) fn as_wanted(&self) -> Vec<Arc<Carrier>> {
        let wanted = |carrier: &Carrier| {
            let mut carrier = self.wanted.apply(carrier.clone());
            let chosen = carrier.account.as_ref().and_then(|account| self.chosen(&carrier, account));
            if let (Some(account), Some(mode)) = (&mut carrier.account, chosen) {
                Arc::make_mut(account).mode = mode;
            }
            Arc::new(carrier)
        };
        self.carriers.iter().map(wanted).collect()
    }

    /// Answers until nobody can ask any more; then what we have bound is removed, and what could not be is returned.
    pub(super) async fn run(
        mut self,
        monitor: Monitor,
        mut orders: mpsc::Receiver<(Command, oneshot::Sender<Reply>)>,
    ) -> Vec<Left> {
        while let Some((command, reply)) = orders.recv().await {
            let answer = self.answer(&monitor, command).await;
            if let Reply::Refused(why) = &answer {
                tracing::warn!(%why, "a command was refused");
            }
            // Who no longer waits for the answer does not need it.
            let _ = reply.send(answer);
        }
        match self.stock {
            Stock::Saved(_) => monitor.end(FAREWELL).await,
            // What is bound there ends with the lab.
            Stock::Lab(_) => Vec::new(),
        }
    }

    async fn answer(&mut self, monitor: &Monitor, command: Command) -> Reply {
        match command {
            Command::Act(act) => {
                monitor.act(act);
                Reply::Done(None)
            }
            Command::Refresh(Some(carrier)) => {
                monitor.refresh(Some(carrier));
                Reply::Done(None)
            }
            Command::Refresh(None) => {
                let read = self.read_again(monitor).await;
                monitor.refresh(None);
                match self.read_drills(monitor).await {
                    Some(trouble) if !matches!(read, Reply::Refused(_)) => trouble,
                    _ => read,
                }
            }
            Command::Add(name, uri) => self.add(monitor, name, uri).await,
            Command::Remove(name) => self.remove(monitor, name).await,
            Command::Account(name, mode) => self.choose(monitor, name, mode),
            Command::LetGo(name) => self.let_go(monitor, name),
            Command::Save(drill) => self.save(monitor, drill).await,
            Command::Toggle(carrier, pop) => self.toggle(&carrier, &pop),
        }
    }

    /// Does this with a carrier's account from now on.
    fn choose(&mut self, monitor: &Monitor, name: CarrierName, mode: AccountMode) -> Reply {
        let Some((carrier, account)) = self.account(&name) else { return none_of(&name) };
        if !self.probing && mode != AccountMode::Off {
            return Reply::Refused("with --no-probe nothing is sent for an account; start trunktop without it".into());
        }
        if let (Some(PasswordSource::NotRun(why)), true) = (&account.password, mode != AccountMode::Off) {
            return Reply::Refused(format!("{name} stays off: its password_command is not run: {why}").into());
        }
        let id = AccountId::of(account, &carrier.uri);
        let last = match self.stock {
            Stock::Saved(_) => "as long as trunktop runs: at the next start carriers.toml has the last word",
            Stock::Lab(_) => "as long as the lab runs",
        };
        let said = format!("{name}: {mode} {does}; {last}", does = mode.does());
        self.modes.insert((name, id), mode);
        monitor.watch(self.as_wanted());
        Reply::Done(Some(said.into()))
    }

    /// Lets go of what is held for a carrier.
    fn let_go(&self, monitor: &Monitor, name: CarrierName) -> Reply {
        let Some((carrier, account)) = self.account(&name) else { return none_of(&name) };
        match self.chosen(carrier, account).unwrap_or(account.mode) {
            AccountMode::Hold if self.probing => {
                let said = format!("{name}: our registration is let go of, and made anew as the engine would");
                monitor.let_go(name);
                Reply::Done(Some(said.into()))
            }
            _ => Reply::Refused(format!("{name}: no registration is held").into()),
        }
    }

    fn account(&self, name: &CarrierName) -> Option<(&Carrier, &Account)> {
        let carrier = self.carriers.iter().find(|carrier| carrier.name == *name)?;
        carrier.account.as_deref().map(|account| (carrier, account))
    }

    /// What was chosen to be done with a carrier's account, if anything was that can be done still.
    fn chosen(&self, carrier: &Carrier, account: &Account) -> Option<AccountMode> {
        let chosen = self.modes.get(&(carrier.name.clone(), AccountId::of(account, &carrier.uri))).copied();
        chosen.filter(|_| !matches!(account.password, Some(PasswordSource::NotRun(_))))
    }

    async fn add(&mut self, monitor: &Monitor, name: CarrierName, uri: SipUri) -> Reply {
        let said = format!("{name} is saved");
        self.write(monitor, said, move |store| store.add(&name, &uri)).await
    }

    async fn remove(&mut self, monitor: &Monitor, name: CarrierName) -> Reply {
        let said = format!("{name} is deleted");
        self.modes.retain(|(known, _), _| *known != name);
        self.write(monitor, said, move |store| store.remove(&name)).await
    }

    /// Tells which drills there are.
    pub(super) fn tell_drills(&self, monitor: &Monitor) {
        monitor.drills(self.drills.clone());
    }

    /// Reads the drills again; what is wrong there, where something is.
    async fn read_drills(&mut self, monitor: &Monitor) -> Option<Reply> {
        let Stock::Saved(store) = &self.stock else { return None };
        let store = store.clone();
        let (drills, trouble) = tokio::task::spawn_blocking(move || store.drills()).await.ok()?;
        self.drills = drills.into_iter().map(Arc::new).collect();
        self.tell_drills(monitor);
        trouble.first().map(|trouble| Reply::Refused(trouble.to_string().into()))
    }

    /// Saves a drill; those of the lab last as long as the lab.
    async fn save(&mut self, monitor: &Monitor, drill: Drill) -> Reply {
        let said = match &self.stock {
            Stock::Lab(_) => format!("drill {} is kept as long as the lab runs", drill.name),
            Stock::Saved(store) => {
                let (writes, saved) = (store.clone(), drill.clone());
                match tokio::task::spawn_blocking(move || writes.save(&saved)).await {
                    Ok(Ok(())) => format!("drill {} is saved", drill.name),
                    Ok(Err(why)) => return Reply::Refused(why.to_string().into()),
                    Err(why) => return Reply::Refused(format!("the drills file was not written: {why}").into()),
                }
            }
        };
        let is_it = |known: &Arc<Drill>| known.name == drill.name && known.carrier == drill.carrier;
        match self.drills.iter().position(is_it) {
            Some(at) => self.drills[at] = Arc::new(drill),
            None => self.drills.push(Arc::new(drill)),
        }
        self.tell_drills(monitor);
        Reply::Done(Some(said.into()))
    }

    async fn write(
        &mut self,
        monitor: &Monitor,
        said: String,
        write: impl FnOnce(&Store) -> Result<(), StoreError> + Send + 'static,
    ) -> Reply {
        let Stock::Saved(store) = &self.stock else {
            return Reply::Refused("the lab's carriers are fixed; start trunktop without demo to save carriers".into());
        };
        let store = store.clone();
        match tokio::task::spawn_blocking(move || write(&store)).await {
            Ok(Ok(())) => {
                self.read_again(monitor).await;
                Reply::Done(Some(said.into()))
            }
            Ok(Err(why)) => Reply::Refused(why.to_string().into()),
            Err(why) => Reply::Refused(format!("the carriers file was not written: {why}").into()),
        }
    }

    /// Reads the carriers file again, so that what was edited by hand is seen too.
    async fn read_again(&mut self, monitor: &Monitor) -> Reply {
        let Stock::Saved(store) = &self.stock else { return Reply::Done(None) };
        let store = store.clone();
        let Ok(read) = tokio::task::spawn_blocking(move || store.carriers()).await else { return Reply::Done(None) };
        self.carriers = read.good;
        monitor.watch(self.as_wanted());
        match (read.trouble.first(), read.slips.first()) {
            (Some(trouble), _) => Reply::Refused(trouble.to_string().into()),
            (None, Some(slip)) => Reply::Done(Some(slip.to_string().into())),
            (None, None) => Reply::Done(None),
        }
    }

    fn toggle(&self, carrier: &CarrierName, pop: &Pop) -> Reply {
        let Stock::Lab(lab) = &self.stock else {
            return Reply::Refused("only POPs of the lab can be killed; this one is real".into());
        };
        match lab.toggle(carrier, pop) {
            Ok(Toggled::Killed) => Reply::Done(Some(format!("{pop} is killed: silent from now on").into())),
            Ok(Toggled::Revived) => Reply::Done(Some(format!("{pop} is revived").into())),
            Err(why) => Reply::Refused(why.to_string().into()),
        }
    }
}

fn none_of(name: &CarrierName) -> Reply {
    Reply::Refused(format!("{name} has no account; [carrier.account] in carriers.toml gives it one").into())
}

#[cfg(test)]
mod tests;
