//! Two archives row by row: whether one is the other, byte for byte of every document.

use std::collections::HashMap;

use super::{
    super::{
        StoreError,
        adding::VERSION_OF_A_FILE,
        connection::{self, Connection},
        documents::{Dictionaries, Unpacker},
    },
    CopyError, carry,
    place::End,
    rows::{self, Cells},
    stream::{Receiving, stream},
    tables::{ALL, Numbers, Table},
};
use crate::store::{Overseer, Stage};

/// What was compared, and what is not the same.
#[derive(Debug, Default)]
pub struct Compared {
    pub records: u64,
    pub versions: u64,
    /// Of all documents, unpacked.
    pub bytes: u64,
    /// Of all other tables.
    pub rows: u64,
    pub differences: u64,
    /// Without anything of what records say.
    pub first: Option<String>,
}

impl Compared {
    fn differs(&mut self, what: impl FnOnce() -> String) {
        self.differences += 1;
        if self.first.is_none() {
            self.first = Some(what());
        }
    }
}

/// The dictionaries of an archive.
struct Loaded(HashMap<i64, Vec<u8>>);

impl Loaded {
    fn of(connection: &Connection) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached("SELECT id, bytes FROM dictionary")?;
        let all = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self(all.collect::<connection::Result<_>>()?))
    }
}

impl Dictionaries for Loaded {
    fn dictionary(&self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(&id).cloned())
    }
}

/// Compares everything that a copy takes along.
pub fn compare(source: &mut End, target: &mut End, overseer: &Overseer) -> Result<Compared, CopyError> {
    let [theirs, ours] = [&*source, &*target].map(|end| {
        let loaded = Loaded::of(&end.connection);
        loaded.map_err(|error| CopyError::At(end.name.clone(), error))
    });
    // What a file does not have cannot be compared.
    let both = [&*source, &*target]
        .iter()
        .all(|end| end.connection.file().is_none());
    let mut comparing = Comparing {
        both_on_servers: both,
        total: rows::count(&source.connection, &super::tables::VERSION)?,
        theirs: (theirs?, Unpacker::new()?),
        ours: (ours?, Unpacker::new()?),
        overseer,
        compared: Compared::default(),
    };
    let names = [source.name.clone(), target.name.clone()];
    let (from, to) = (&mut source.connection, &mut target.connection);
    std::thread::scope(|scope| {
        let ((sender, one), (other_sender, other)) = (stream(), stream());
        scope.spawn(move || sender.send(from, |_| None));
        scope.spawn(move || other_sender.send(to, |_| None));
        let [one, other] = [(one, &names[0]), (other, &names[1])].map(|(receiving, name)| Side {
            receiving,
            name,
            some: Vec::new().into_iter(),
        });
        let mut sides = (one, other);
        ALL.iter()
            .try_for_each(|table| comparing.table(table, &mut sides.0, &mut sides.1))
    })?;
    comparing.ends(&source.connection, &target.connection)?;
    Ok(comparing.compared)
}

/// One of the archives, row by row.
struct Side<'n> {
    receiving: Receiving,
    name: &'n str,
    some: std::vec::IntoIter<Cells>,
}

impl Side<'_> {
    fn next(&mut self) -> Result<Option<Cells>, CopyError> {
        loop {
            if let Some(row) = self.some.next() {
                return Ok(Some(row));
            }
            match self.receiving.some() {
                Ok(Some(some)) => self.some = some.into_iter(),
                Ok(None) => return Ok(None),
                Err(error) => return Err(CopyError::At(self.name.to_owned(), error)),
            }
        }
    }
}

struct Comparing<'a> {
    both_on_servers: bool,
    total: u64,
    theirs: (Loaded, Unpacker),
    ours: (Loaded, Unpacker),
    overseer: &'a Overseer,
    compared: Compared,
}

impl Comparing<'_> {
    fn table(&mut self, table: &Table, one: &mut Side<'_>, other: &mut Side<'_>) -> Result<(), CopyError> {
        let (mut theirs, mut ours) = (one.next()?, other.next()?);
        let mut seen = 0_u32;
        loop {
            if seen.is_multiple_of(256) {
                self.overseer
                    .tell(Stage::Comparing, self.compared.versions, self.total);
                if self.overseer.stops() {
                    return Err(CopyError::Stopped);
                }
            }
            seen = seen.wrapping_add(1);
            let order = match (&theirs, &ours) {
                (None, None) => return Ok(()),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(theirs), Some(ours)) => theirs[..table.key].cmp(&ours[..table.key]),
            };
            match (order, &theirs, &ours) {
                (std::cmp::Ordering::Equal, Some(theirs), Some(ours)) => self.rows(table, theirs, ours),
                (std::cmp::Ordering::Less, Some(row), _) => {
                    let name = other.name;
                    self.compared
                        .differs(|| format!("{} is not in {name}", told(table, row)));
                }
                (_, _, Some(row)) => {
                    let name = other.name;
                    self.compared
                        .differs(|| format!("{} is in {name} alone", told(table, row)));
                }
                _ => {}
            }
            if order.is_le() {
                theirs = one.next()?;
            }
            if order.is_ge() {
                ours = other.next()?;
            }
        }
    }

    fn rows(&mut self, table: &Table, theirs: &Cells, ours: &Cells) {
        match table.name {
            "version" => self.compared.versions += 1,
            "record" => self.compared.records += 1,
            _ => self.compared.rows += 1,
        }
        let columns = match table.name {
            "version" if !self.both_on_servers => VERSION_OF_A_FILE,
            _ => table.columns.len(),
        };
        for (at, (column, _)) in table.columns[..columns].iter().enumerate() {
            // Documents are compared as they were received, however they are packed.
            if theirs[at] != ours[at] && !table.is_its_own(column) && *column != "document" {
                self.compared
                    .differs(|| format!("{}: its column {column} is not the same", told(table, ours)));
                return;
            }
        }
        if table.name == "version" {
            self.documents(theirs, ours);
        }
    }

    /// What the documents of a version say, unpacked on either side by what that side has.
    fn documents(&mut self, theirs: &Cells, ours: &Cells) {
        let unpacked = |(loaded, unpacker): &mut (Loaded, Unpacker), row: &Cells| {
            let packed = row[6].blob().unwrap_or_default();
            unpacker.unpack(loaded, row[5].int(), packed).ok()
        };
        match (unpacked(&mut self.theirs, theirs), unpacked(&mut self.ours, ours)) {
            (Some(theirs), Some(ours)) if theirs == ours => self.compared.bytes += ours.len() as u64,
            (Some(_), Some(_)) => {
                let what = || {
                    format!(
                        "{}: its document is not the same",
                        told(&super::tables::VERSION, ours)
                    )
                };
                self.compared.differs(what);
            }
            _ => {
                let what = || {
                    format!(
                        "{}: its document cannot be unpacked",
                        told(&super::tables::VERSION, ours)
                    )
                };
                self.compared.differs(what);
            }
        }
    }

    /// What rows do not tell: which numbers come next, and on a server whether each record's newest version is where it is
    /// looked for.
    fn ends(&mut self, source: &Connection, target: &Connection) -> Result<(), CopyError> {
        // In a file the highest number that is there counts. A server also counts those that nothing came to have.
        let counted = |table: &&Table| target.file().is_none() || table.numbers != Numbers::Highest;
        for table in ALL.iter().filter(counted) {
            let (theirs, ours) = (
                carry::last_number(source, table)?,
                carry::last_number(target, table)?,
            );
            if ours < theirs {
                let what = || {
                    format!(
                        "{}: number {theirs} was given, and would be given again",
                        table.name
                    )
                };
                self.compared.differs(what);
            }
        }
        for connection in [source, target].iter().filter(|it| it.file().is_none()) {
            let lost: i64 = connection.query_row(
                "SELECT count(*) FROM record r WHERE NOT EXISTS (SELECT 1 FROM version v
                   WHERE v.seq = r.version AND v.account = r.account AND v.ticks = r.ticks)",
                (),
                |row| row.get(0),
            )?;
            if lost > 0 {
                self.compared
                    .differs(|| format!("{lost} records have no newest version where it is looked for"));
            }
        }
        Ok(())
    }
}

/// A row, by its number where it has one: other keys may be names.
fn told(table: &Table, row: &Cells) -> String {
    match row.first() {
        Some(rows::Cell::Int(number)) if table.key == 1 => format!("{} {number}", table.name),
        _ => format!("a row of {}", table.name),
    }
}
