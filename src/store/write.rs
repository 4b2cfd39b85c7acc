//! What operations have written and not yet sent, on whichever database.

use super::StoreError;
use super::row::{Ts, push_number};
use std::borrow::Cow;

/// A value of a row, as its column has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Flag(bool),
    Instant(Option<Ts>),
}

macro_rules! values {
    ($($kind:ident: $type:ty;)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Some(value).into()
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Value::$kind(value.map(Into::into))
            }
        }
    )*};
}

values! {
    Integer: i64;
    Text: String;
    Text: &str;
    Instant: Ts;
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Flag(value)
    }
}

/// An insert whose rows may come from several operations.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Insert {
    pub(super) table: &'static str,
    /// All that a row brings, in its order.
    pub(super) columns: &'static str,
    /// `on conflict …`, or nothing.
    pub(super) otherwise: &'static str,
}

/// What is done with the rows of a [`Write`].
#[derive(Debug, PartialEq)]
pub(super) enum Sql {
    Insert(&'static Insert),
    /// A statement with `$1`, `$2` … for the values of its only row.
    Once(Cow<'static, str>),
}

/// A statement that waits.
#[derive(Debug)]
pub(super) struct Write {
    /// What it changes.
    pub(super) table: &'static str,
    pub(super) sql: Sql,
    pub(super) rows: Vec<Row>,
    /// What it means when it changes fewer rows than it has.
    unchanged: Option<StoreError>,
}

/// The values of a row or of a statement.
#[derive(Debug)]
pub(super) struct Row {
    /// Which of the group's operations wrote it.
    operation: usize,
    pub(super) values: Vec<Value>,
}

impl Row {
    /// Its next value.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self
    }
}

impl Write {
    /// The operation that wrote it, if it was one alone.
    pub(super) fn only(&self) -> Option<usize> {
        let (first, last) = (self.rows.first()?, self.rows.last()?);
        (first.operation == last.operation).then_some(first.operation)
    }

    /// How many values a row has.
    pub(super) fn columns(&self) -> usize {
        self.rows.first().map_or(0, |row| row.values.len())
    }

    /// It changed so many rows: was that what it meant to do?
    pub(super) fn check(&self, changed: u64) -> Result<(), StoreError> {
        match &self.unchanged {
            Some(error) if changed < self.rows.len() as u64 => Err(error.clone()),
            _ => Ok(()),
        }
    }
}

/// All that waits. What changes the same table stays in order; what does not, may go in any.
#[derive(Debug, Default)]
pub(super) struct Writes(Vec<Write>);

impl Writes {
    /// One row more. Those of the same insert go together.
    pub(super) fn insert(
        &mut self,
        insert: &'static Insert,
        unchanged: Option<StoreError>,
        operation: usize,
    ) -> &mut Row {
        let sql = Sql::Insert(insert);
        let last = self.0.iter().rposition(|write| write.table == insert.table);
        let place = match last.filter(|place| self.0[*place].sql == sql) {
            Some(place) => place,
            None => {
                self.0.push(Write {
                    table: insert.table,
                    sql,
                    rows: Vec::new(),
                    unchanged,
                });
                self.0.len() - 1
            }
        };
        let rows = &mut self.0[place].rows;
        rows.push(Row {
            operation,
            values: Vec::with_capacity(9),
        });
        let last = rows.len() - 1;
        &mut rows[last]
    }

    /// One statement more.
    pub(super) fn once(
        &mut self,
        table: &'static str,
        sql: Cow<'static, str>,
        unchanged: Option<StoreError>,
        operation: usize,
    ) -> &mut Row {
        self.0.push(Write {
            table,
            sql: Sql::Once(sql),
            rows: vec![Row {
                operation,
                values: Vec::new(),
            }],
            unchanged,
        });
        let last = self.0.len() - 1;
        &mut self.0[last].rows[0]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Does something of it change rows of `table` whose first column is `key`, or might it?
    pub(super) fn touch(&self, table: &str, key: &Value) -> bool {
        let mut of_table = self.0.iter().filter(|write| write.table == table);
        of_table.any(|write| write.rows.iter().any(|row| row.values.first() == Some(key)))
    }

    /// Is something of it by this operation?
    pub(super) fn are_by(&self, operation: usize) -> bool {
        let mut last = self.0.iter().filter_map(|write| write.rows.last());
        last.any(|row| row.operation == operation)
    }

    /// Drops what an operation wrote, the latest one.
    pub(super) fn take_back(&mut self, operation: usize) {
        for write in &mut self.0 {
            write.rows.retain(|row| row.operation != operation);
        }
        self.0.retain(|write| !write.rows.is_empty());
    }

    /// All of it, to be sent.
    pub(super) fn take(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.0)
    }
}

/// A statement of a batch, its arguments counted on from those before.
pub(super) fn numbered(sql: &str, before: usize) -> String {
    let mut numbered = String::with_capacity(sql.len() + 32);
    let mut parts = sql.split('$');
    numbered.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit);
        let (number, digits) = digits.fold((0, 0), |(number, digits), digit| {
            (number * 10 + usize::from(digit - b'0'), digits + 1)
        });
        numbered.push('$');
        push_number(&mut numbered, number + before);
        numbered.push_str(&part[digits..]);
    }
    numbered
}
