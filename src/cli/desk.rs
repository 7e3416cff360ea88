//! Takes the dashboard's commands to whom they concern: the monitor, the store, the lab.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::lab::{Lab, Toggled};
use crate::model::{Carrier, CarrierName, Command, Drill, Pop, Reply, SipUri};
use crate::monitor::Monitor;
use crate::store::{Store, StoreError};

use super::args::Options;
use super::setup::Wanted;

/// Where the carriers come from.
pub(super) enum Stock {
    /// Saved ones.
    Saved(Store),
    /// Those of the lab.
    Lab(Lab),
}

/// Answers commands.
pub(super) struct Desk {
    stock: Stock,
    wanted: Wanted,
    drills: Vec<Arc<Drill>>,
}

impl Desk {
    pub(super) fn new(stock: Stock, drills: Vec<Drill>, options: &Options) -> Self {
        let wanted = match stock {
            Stock::Saved(_) => Wanted::of(options),
            Stock::Lab(_) => Wanted::of_lab(options),
        };
        Self { stock, wanted, drills: drills.into_iter().map(Arc::new).collect() }
    }

    /// The carriers, with what the command line says in place of what their file says.
    pub(super) fn as_wanted(&self, carriers: Vec<Carrier>) -> Vec<Arc<Carrier>> {
        carriers.into_iter().map(|carrier| Arc::new(self.wanted.apply(carrier))).collect()
    }

    /// Answers until nobody can ask any more.
    pub(super) async fn run(mut self, monitor: Monitor, mut orders: mpsc::Receiver<(Command, oneshot::Sender<Reply>)>) {
        while let Some((command, reply)) = orders.recv().await {
            let answer = self.answer(&monitor, command).await;
            if let Reply::Refused(why) = &answer {
                tracing::warn!(%why, "a command was refused");
            }
            // Who no longer waits for the answer does not need it.
            let _ = reply.send(answer);
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
            Command::Account(..) | Command::LetGo(_) => Reply::Refused("not yet".into()),
            Command::Save(drill) => self.save(monitor, drill).await,
            Command::Toggle(carrier, pop) => self.toggle(&carrier, &pop),
        }
    }

    async fn add(&self, monitor: &Monitor, name: CarrierName, uri: SipUri) -> Reply {
        let said = format!("{name} is saved");
        self.write(monitor, said, move |store| store.add(&name, &uri)).await
    }

    async fn remove(&self, monitor: &Monitor, name: CarrierName) -> Reply {
        let said = format!("{name} is deleted");
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
        &self,
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
    async fn read_again(&self, monitor: &Monitor) -> Reply {
        let Stock::Saved(store) = &self.stock else { return Reply::Done(None) };
        let store = store.clone();
        let Ok(read) = tokio::task::spawn_blocking(move || store.carriers()).await else { return Reply::Done(None) };
        monitor.watch(self.as_wanted(read.good));
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
