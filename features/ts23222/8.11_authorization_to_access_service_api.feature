# TS 23.222 clause 8.11 (TR 23.722 7.2.X): the core function authorizes an invoker to access a service API.
@sut:ccf @cap:ccf.apis.security @cap:ccf.methods.OAUTH @cap:ccf.grants.client_credentials
Feature: Obtaining authorization to access a service API

  Background:
    Given a provider with an exposing function
    And the exposing function offers "location" and "quality" with OAUTH
    And the invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function

  @req:23222-8.11.3-03 @negative
  Scenario Outline: Step 2: the invoker is authenticated
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token, but <deviation>
    Then no authorization is given, because the invoker is not authenticated

    Examples:
      | deviation                                        |
      | it presents the certificate of the second invoker |
      | "client_id" names the second invoker             |
      | the path names the second invoker                |

  @req:23222-8.11.3-03
  Scenario: Step 2: the subscription is checked
    When the invoker requests a token for "quality"
    And the invoker requests a token for "location"
    Then the subscription is checked

  @req:23222-8.11.3-06 @negative
  Scenario Outline: Preconditions: the identity is assigned and known
    When the invoker requests a token, but <deviation>
    Then no authorization is given, because the identity is not known

    Examples:
      | deviation                |
      | "client_id" names nobody |
      | "client_id" is left out  |
      | the path names nobody    |

  @req:23222-8.11.3-06 @negative
  Scenario: Preconditions: an offboarded invoker is known no more
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    When the second invoker is offboarded and requests a token
    Then no authorization is given, because the identity is not known

  @req:23722-AR-6.3.2-d @negative
  Scenario Outline: Core function and invoker authenticate each other
    When the invoker requests a token, but <deviation>
    Then no authorization is given, because both ends have to authenticate

    Examples:
      | deviation                                        |
      | it presents no certificate                       |
      | it presents a certificate of a foreign authority |

  @req:23722-AR-6.3.2-f @negative
  Scenario: Communication is confidential
    When the invoker requests a token, but it goes over plain HTTP
    Then no authorization is given, because nothing of CAPIF goes in clear

  @req:23722-AR-6.3.2-g @negative
  Scenario: A request that is changed on the path has no effect
    When the invoker requests a token, and somebody on the path changes the request
    Then no authorization is given, because the request was changed on the path

  @req:23722-AR-6.3.2-g @negative
  Scenario: A request that comes unprotected has no effect
    When the invoker requests a token, but it goes over plain HTTP
    Then no authorization is given, because the request came unprotected
