import type { Translations } from '../messages.ts';

export const bookingMessages = {
  // Time
  'booking.endNotAfterStart': {
    'pt-BR': 'O fim da reserva precisa ser depois do início.',
    en: 'The booking must end after it starts.',
  },
  'booking.tooLong': {
    'pt-BR': 'Uma reserva pode durar no máximo {hours|hora|horas}.',
    en: 'A booking lasts at most {hours|hour|hours}.',
  },
  'booking.longerThanDays': {
    'pt-BR': 'Uma reserva pode durar no máximo {days|dia|dias}.',
    en: 'A booking lasts at most {days|day|days}.',
  },
  'booking.tooShort': {
    'pt-BR': 'Uma reserva deve durar no mínimo {minutes|minuto|minutos}.',
    en: 'A booking lasts at least {minutes|minute|minutes}.',
  },
  'booking.longerThanAllowed': {
    'pt-BR': 'Uma reserva pode durar no máximo {minutes|minuto|minutos}.',
    en: 'A booking lasts at most {minutes|minute|minutes}.',
  },
  'booking.startNotOnInterval': {
    'pt-BR': 'A reserva precisa começar em um múltiplo de {minutes|minuto|minutos} a partir das {start}.',
    en: 'The booking must start at a multiple of {minutes|minute|minutes} from {start}.',
  },
  'booking.durationNotOnInterval': {
    'pt-BR': 'A duração da reserva precisa ser um múltiplo de {minutes|minuto|minutos}.',
    en: 'The booking must last a multiple of {minutes|minute|minutes}.',
  },
  'booking.notAWorkingDay': {
    'pt-BR': 'Não são aceitas reservas neste dia da semana.',
    en: 'Bookings are not accepted on this day of the week.',
  },
  'booking.notOpenOnDate': {
    'pt-BR': 'Não são aceitas reservas nesta data.',
    en: 'Bookings are not accepted on this date.',
  },
  'booking.startsOutsideSpecialHours': {
    'pt-BR': 'A reserva começa fora do horário especial desta data: {hours}.',
    en: 'The booking starts outside the special hours of this date: {hours}.',
  },
  'booking.endsOutsideSpecialHours': {
    'pt-BR': 'A reserva termina fora do horário especial desta data: {hours}.',
    en: 'The booking ends outside the special hours of this date: {hours}.',
  },
  'booking.endsOutsideOvernightHours': {
    'pt-BR': 'A reserva termina fora do horário de funcionamento, das {start} às {end}.',
    en: 'The booking ends outside working hours, {start} to {end}.',
  },
  'booking.startsOutsideWorkingHours': {
    'pt-BR': 'A reserva começa fora do horário de funcionamento, das {start} às {end}.',
    en: 'The booking starts outside working hours, {start} to {end}.',
  },
  'booking.endsOutsideWorkingHours': {
    'pt-BR': 'A reserva termina fora do horário de funcionamento, das {start} às {end} do mesmo dia.',
    en: 'The booking ends outside working hours, {start} to {end} of the same day.',
  },
  'booking.resourceUnavailable': {
    'pt-BR': 'O recurso não está disponível durante todo este intervalo.',
    en: 'The resource is not available for the whole of this time.',
  },
  'booking.inThePast': {
    'pt-BR': 'A reserva começa no passado.',
    en: 'The booking starts in the past.',
  },
  'booking.tooLongAgo': {
    'pt-BR': 'Uma reserva pode ser registrada no máximo {days|dia|dias} depois do início.',
    en: 'A booking can be entered at most {days|day|days} after its start.',
  },
  'booking.tooShortNotice': {
    'pt-BR': 'A reserva precisa ser feita com pelo menos {minutes|minuto|minutos} de antecedência.',
    en: 'The booking must be made at least {minutes|minute|minutes} before its start.',
  },
  'booking.closed': {
    'pt-BR': 'Não são aceitas reservas neste período: está fechado.',
    en: 'Bookings are not accepted during a closure.',
  },
  'booking.tooFarInAdvance': {
    'pt-BR': 'A reserva pode ser feita com no máximo {days|dia|dias} de antecedência.',
    en: 'Bookings can be made at most {days|day|days} in advance.',
  },
  'booking.conflict': {
    'pt-BR': 'Recurso já possui reserva neste intervalo',
    en: 'The resource already has a booking at this time',
  },

  'booking.notEnoughSeats': {
    'pt-BR': 'Vagas insuficientes neste intervalo: {remaining|vaga livre|vagas livres}.',
    en: 'Not enough seats are left at this time: {remaining|is|are} free.',
  },

  'booking.clientInSession': {
    'pt-BR': 'O cliente já tem uma reserva ou pré-reserva nesta aula.',
    en: 'The client already has a booking or hold in this class.',
  },
  'booking.capacityExceeded': {
    'pt-BR': 'O recurso tem {capacity|lugar|lugares}; {seats|foi pedido|foram pedidos}.',
    en: 'The resource has {capacity|seat|seats}; {seats|was|were} asked for.',
  },
  'booking.noSeats': {
    'pt-BR': 'Uma reserva ocupa ao menos um lugar.',
    en: 'A booking takes at least one seat.',
  },
  'booking.tooManyResources': {
    'pt-BR': 'Uma reserva ocupa no máximo {max} recursos adicionais.',
    en: 'A booking takes at most {max} additional resources.',
  },
  'booking.resourceNeeded': {
    'pt-BR': 'Informe o recurso.',
    en: 'Specify the resource.',
  },
  'booking.resourceTwice': {
    'pt-BR': 'O recurso foi informado mais de uma vez.',
    en: 'The resource is named more than once.',
  },
  'booking.overrideReason': {
    'pt-BR': 'Informe o motivo da exceção, com no máximo {max} caracteres.',
    en: 'Give the reason for the override, in at most {max} characters.',
  },

  'booking.holdNotFound': { 'pt-BR': 'Pré-reserva não encontrada.', en: 'Hold not found.' },
  'booking.holdExpired': {
    'pt-BR': 'A pré-reserva expirou ou foi liberada.',
    en: 'The hold has expired or was released.',
  },
  'booking.holdSeconds': {
    'pt-BR': 'Uma pré-reserva dura de {min} a {max|segundo|segundos}.',
    en: 'A hold lasts {min} to {max|second|seconds}.',
  },
  'booking.holdSecondsFixed': {
    'pt-BR': 'Uma pré-reserva dura {max} segundos.',
    en: 'A hold lasts {max} seconds.',
  },
  'booking.tooManyHolds': {
    'pt-BR': 'Cada pessoa pode ter no máximo {max} pré-reservas ao mesmo tempo.',
    en: 'A person has at most {max} holds at a time.',
  },

  // Resource and people
  'booking.resourceInactive': { 'pt-BR': 'O recurso está inativo.', en: 'The resource is inactive.' },
  'booking.categoryInactive': {
    'pt-BR': 'A categoria do recurso está inativa.',
    en: "The resource's category is inactive.",
  },
  'booking.userInactive': {
    'pt-BR': 'O usuário está inativo e não pode fazer reservas.',
    en: 'The user is inactive and cannot make bookings.',
  },
  'booking.userMayNotBook': {
    'pt-BR': 'O usuário não tem permissão para fazer reservas.',
    en: 'The user is not allowed to make bookings.',
  },
  'booking.userNeeded': {
    'pt-BR': 'Informe userId: a reserva precisa ser de um usuário da organização.',
    en: 'userId is required: the user of a booking must belong to the tenant.',
  },
  'booking.clientNotFound': { 'pt-BR': 'Cliente não encontrado.', en: 'Client not found.' },
  'booking.clientInactive': { 'pt-BR': 'O cliente está inativo.', en: 'The client is inactive.' },

  'booking.categoryTooLarge': {
    'pt-BR': 'A categoria tem recursos demais para listar suas reservas; o máximo é {max}.',
    en: 'The category has too many resources to list its bookings; at most {max} are possible.',
  },

  // Existing bookings
  'booking.notFound': { 'pt-BR': 'Reserva não encontrada.', en: 'Booking not found.' },
  'booking.versionMismatch': {
    'pt-BR': 'A reserva mudou desde a versão {expected}; a versão atual é {actual}.',
    en: 'The booking has changed since version {expected}; its version is now {actual}.',
  },
  'booking.statusCannotFollow': {
    'pt-BR': 'Uma reserva com status “{from}” não pode passar para “{to}”.',
    en: 'A booking with status “{from}” cannot change to “{to}”.',
  },
  'booking.notBegunYet': {
    'pt-BR': 'A reserva só pode passar para “{to}” depois de começar.',
    en: 'A booking can change to “{to}” only once it has begun.',
  },
  'booking.cannotBeCancelled': {
    'pt-BR': 'Uma reserva com status “{from}” não pode ser cancelada.',
    en: 'A booking with status “{from}” cannot be cancelled.',
  },
  'booking.cannotBeChanged': {
    'pt-BR': 'Uma reserva com status “{from}” não pode mais ser alterada.',
    en: 'A booking with status “{from}” can no longer be changed.',
  },
  'booking.cancellationWindowClosed': {
    'pt-BR': 'A reserva só podia ser cancelada até {hours|hora|horas} antes do início.',
    en: 'The booking could be cancelled only until {hours|hour|hours} before its start.',
  },
  'booking.cannotCancelOnceStarted': {
    'pt-BR': 'A reserva já começou e não pode mais ser cancelada.',
    en: 'The booking has started and can no longer be cancelled.',
  },
  'booking.moveWindowClosed': {
    'pt-BR': 'A reserva só podia mudar de horário ou de recurso até {hours|hora|horas} antes do início.',
    en: 'The booking could be moved only until {hours|hour|hours} before its start.',
  },
  'booking.cannotMoveOnceStarted': {
    'pt-BR': 'A reserva já começou e não pode mais mudar de horário ou de recurso.',
    en: 'The booking has started and can no longer be moved.',
  },
  'booking.moveRequiresApproval': {
    'pt-BR':
      'Este recurso exige aprovação: só a equipe pode mover para ele uma reserva já confirmada. Cancele a reserva e faça outra.',
    en: 'This resource requires approval, so only staff can move a confirmed booking to it. Cancel the booking and make a new one.',
  },

  // Statuses, as parameters of other messages
  'booking.status.PENDING': { 'pt-BR': 'pendente', en: 'pending' },
  'booking.status.CONFIRMED': { 'pt-BR': 'confirmada', en: 'confirmed' },
  'booking.status.REJECTED': { 'pt-BR': 'recusada', en: 'rejected' },
  'booking.status.CANCELLED': { 'pt-BR': 'cancelada', en: 'cancelled' },
  'booking.status.COMPLETED': { 'pt-BR': 'concluída', en: 'completed' },
  'booking.status.NO_SHOW': { 'pt-BR': 'não compareceu', en: 'no-show' },

  // Recurrence
  'booking.recurrenceInterval': {
    'pt-BR': 'O intervalo da recorrência deve estar entre {min} e {max}.',
    en: 'The recurrence interval must be between {min} and {max}.',
  },
  'booking.recurrenceCount': {
    'pt-BR': 'O número de ocorrências deve estar entre {min} e {max}.',
    en: 'The number of occurrences must be between {min} and {max}.',
  },
  'booking.countOrEndDate': {
    'pt-BR': 'Informe count ou endDate, não os dois.',
    en: 'Specify either count or endDate, not both.',
  },
  'booking.tooManyExceptDates': {
    'pt-BR': 'Podem ser excluídas no máximo {max} datas.',
    en: 'At most {max} dates can be left out.',
  },
  'booking.exceptDatesLeaveNothing': {
    'pt-BR': 'As datas excluídas não deixam nenhuma ocorrência.',
    en: 'The dates that are left out leave no occurrence.',
  },
  'booking.daysOfWeekOnlyWeekly': {
    'pt-BR': 'Dias da semana só podem ser informados em uma recorrência semanal.',
    en: 'Days of the week can be given only for a weekly recurrence.',
  },
  'booking.recurrenceEndsBeforeStart': {
    'pt-BR': 'A recorrência termina antes da primeira ocorrência.',
    en: 'The recurrence ends before its first occurrence.',
  },
  'booking.tooManyOccurrences': {
    'pt-BR': 'A recorrência tem mais de {max} ocorrências.',
    en: 'The recurrence has more than {max} occurrences.',
  },
  'booking.notOfSeries': {
    'pt-BR': 'Esta reserva não pertence a uma série.',
    en: 'This booking does not belong to a series.',
  },
  'booking.alreadyStarted': {
    'pt-BR': 'A reserva já começou.',
    en: 'The booking has already started.',
  },
  'booking.countOrEndDateNeeded': {
    'pt-BR': 'Informe count ou endDate.',
    en: 'Specify count or endDate.',
  },
  'booking.extensionIsEmpty': {
    'pt-BR': 'A série não tem outra ocorrência até essa data.',
    en: 'The series has no further occurrence until that date.',
  },
  'booking.seriesWithoutRegular': {
    'pt-BR':
      'Todas as ocorrências da série foram movidas individualmente, então a série não pode ser continuada.',
    en: 'All occurrences of the series were moved individually, so it cannot be continued.',
  },
  'booking.tooManyAhead': {
    'pt-BR': 'A série teria mais de {max} ocorrências pela frente.',
    en: 'The series would have more than {max} occurrences ahead.',
  },
  'booking.tooManyDates': {
    'pt-BR': 'Podem ser informadas no máximo {max} datas.',
    en: 'At most {max} dates can be given.',
  },
  'booking.seriesNotFound': { 'pt-BR': 'Série de reservas não encontrada.', en: 'Booking series not found.' },

  // Closures
  'closure.notFound': { 'pt-BR': 'Fechamento não encontrado.', en: 'Closure not found.' },
  'closure.noneGiven': {
    'pt-BR': 'Informe pelo menos um fechamento.',
    en: 'Specify at least one closure.',
  },
  'closure.unknownCountry': {
    'pt-BR': 'Não há feriados conhecidos deste país. Informe o código ISO 3166-1, como BR.',
    en: 'No holidays are known for this country. Give its ISO 3166-1 code, such as BR.',
  },
  'closure.unknownRegion': {
    'pt-BR': 'Região desconhecida neste país. Informe o código ISO 3166-2, como SP, ou omita a região.',
    en: 'The country has no such region. Give its ISO 3166-2 code, such as SP, or omit the region.',
  },
  'closure.wrongYear': {
    'pt-BR': 'O ano deve estar entre {min} e {max}.',
    en: 'The year must be between {min} and {max}.',
  },
  'closure.nothingNamed': {
    'pt-BR': 'A lista não pode ser vazia. Omita as duas listas para fechar tudo.',
    en: 'The list cannot be empty. Omit both lists to close everything.',
  },
  'closure.resourcesNotFound': {
    'pt-BR': 'Recurso não encontrado: {ids}.',
    en: 'Resource not found: {ids}.',
  },
  'closure.categoriesNotFound': {
    'pt-BR': 'Categoria não encontrada: {ids}.',
    en: 'Category not found: {ids}.',
  },
  'closure.tooMany': {
    'pt-BR': 'Uma organização pode ter no máximo {max} fechamentos, contando os que já terminaram.',
    en: 'A tenant can have at most {max} closures, including those that have ended.',
  },
  'closure.tooManyAhead': {
    'pt-BR': 'Uma organização pode ter no máximo {max} fechamentos que ainda não terminaram.',
    en: 'A tenant can have at most {max} closures that have not ended.',
  },
  'closure.tooManyInAnswer': {
    'pt-BR':
      'A consulta pede {count} fechamentos; o máximo é {max}. Peça menos recursos ou menos dias de cada vez.',
    en: 'The query asks for {count} closures; the limit is {max}. Ask for fewer resources or fewer days at a time.',
  },
  'closure.inTheWay': {
    'pt-BR': 'Neste período há {count|reserva ou pré-reserva|reservas ou pré-reservas}.',
    en: 'This period contains {count|booking or hold|bookings or holds}.',
  },

  // Idempotency
  'booking.idempotencyMismatch': {
    'pt-BR': 'Esta chave de idempotência já foi usada com outros dados.',
    en: 'This idempotency key was already used with different input.',
  },
  'booking.idempotencyKeyEmpty': {
    'pt-BR': 'A chave de idempotência não pode ser vazia.',
    en: 'An idempotency key cannot be empty.',
  },
  'booking.idempotencyKeyTooLong': {
    'pt-BR': 'A chave de idempotência pode ter no máximo {max} caracteres.',
    en: 'An idempotency key can have at most {max} characters.',
  },

  // Lists (top-level errors)
  'booking.windowReversed': {
    'pt-BR': 'filter.to precisa ser depois de filter.from.',
    en: 'filter.to must be after filter.from.',
  },

  // Changes (top-level errors)
  'booking.changesCursorForeign': {
    'pt-BR': 'O cursor não pertence às mudanças desta organização.',
    en: "The cursor does not belong to this tenant's changes.",
  },
  'booking.changesCursorTooOld': {
    'pt-BR':
      'O cursor é antigo demais: as mudanças são guardadas por {days|dia|dias}. Consulte as reservas e assine novamente sem after.',
    en: 'The cursor is too old: changes are kept for {days|day|days}. Read the bookings and subscribe again without after.',
  },
  'booking.changesCursorReplaced': {
    'pt-BR':
      'O cursor pertence a um histórico de mudanças que foi substituído quando os dados foram restaurados a um estado anterior. Consulte as reservas e assine novamente sem after.',
    en: 'The cursor belongs to a history of changes that was replaced when the data was restored to an earlier state. Read the bookings and subscribe again without after.',
  },
  'booking.changesNotRead': {
    'pt-BR':
      'As mudanças chegaram mais rápido do que foram lidas. Assine novamente com o último cursor em after.',
    en: 'Changes arrived faster than they were read. Subscribe again with the last cursor as after.',
  },

  // Availability (top-level errors)
  'booking.tooManyWatched': {
    'pt-BR': 'Acompanhe de 1 a {max|recurso|recursos}.',
    en: 'Watch 1 to {max|resource|resources}.',
  },
  'booking.watchedUnknown': {
    'pt-BR': 'Um dos recursos não existe, ou é de outra organização.',
    en: "One of the resources does not exist, or is another tenant's.",
  },
  'booking.durationNotPositive': {
    'pt-BR': 'durationMinutes deve ser positivo.',
    en: 'durationMinutes must be positive.',
  },
  'booking.seatsNotPositive': {
    'pt-BR': 'seats deve ser positivo.',
    en: 'seats must be positive.',
  },
  'booking.tooManySlots': {
    'pt-BR':
      'A consulta pede {slots} horários; o máximo é {max}. Peça menos recursos ou menos dias de cada vez.',
    en: 'The query asks for {slots} slots; the limit is {max}. Ask for fewer resources or fewer days at a time.',
  },
} satisfies Record<string, Translations>;
